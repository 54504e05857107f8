// Consumers that are stopped for longer than three heartbeats: what becomes of the messages that they have,
// and of those that come meanwhile, when they go on and when they die.
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "tests/load/bus_process.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// "slow" takes slow.do once, and slow.keep at least once.
BusFleet fleet() {
  const std::vector<std::string> names{"slow.do", "slow.keep"};
  BusFleet fleet{.plan = {.position = 1}, .instances = {"web-1", "slow-1", "slow-2", "slow-3"}};
  fleet.plan.versions.push_back(
      {.role = "web", .version = "1.0.0", .sends = names, .gate = Gate::kOpen, .share = 1});
  fleet.plan.versions.push_back({.role = "slow",
                                 .version = "1.0.0",
                                 .receives = names,
                                 .at_least_once = {"slow.keep"},
                                 .gate = Gate::kOpen,
                                 .share = 1});
  return fleet;
}

// Answers with who it is: "slow-1", or "slow-1 again" for what was delivered before.
[[noreturn]] void serve(RelayOptions options) {
  const std::string instance = options.instance;
  Relay relay(std::move(options));
  for (const char* name : {"slow.do", "slow.keep"}) {
    relay.handle(name, [instance](const Command& command, Reply reply) {
      reply.send("done", Value(instance + (command.redelivered ? " again" : "")));
    });
  }
  EXO_CHECK(relay.run().ok());
  ::_exit(0);
}

// The consumers are forked before the sender has a thread of ZeroMQ.
class SilentConsumerTest : public testing::Test {
 protected:
  SilentConsumerTest() {
    for (const char* name : {"slow-1", "slow-2", "slow-3"}) {
      consumers_.emplace(name, std::make_unique<Process>([this, name] { serve(bus_.options(name)); }));
    }
  }
  void SetUp() override {
    sender_ = std::make_unique<Relay>(bus_.options("web-1"));
    ASSERT_TRUE(sender_->connect(milliseconds(60'000)).ok());
  }
  // The answer, or the error's code, comes under `label`.
  void ask(const std::string& label, std::string_view name, const std::string& activity,
           milliseconds timeout = std::chrono::hours(1)) {
    answers_.erase(label);
    const RequestOptions options{.send = {.activity_id = activity, .timeout = timeout}};
    const auto take = [this, label](const Result<Answer>& answer) {
      answers_[label] = answer.ok() ? *answer.value().payload.string() : answer.error().code;
    };
    EXPECT_TRUE(sender_->request(name, Value(), options, take).ok());
  }
  std::string answer_to(const std::string& label) {
    poll_until([&] { return answers_.count(label) > 0; });
    return answers_[label];
  }
  // Which consumer has this activity from now on.
  std::string owner_of(const std::string& activity) {
    ask("owner", "slow.do", activity);
    return answer_to("owner");
  }
  // So many consumers, each with an activity of its own.
  const std::map<std::string, std::string>& find_owners(std::size_t count) {
    for (int i = 0; owners_.size() < count && !HasFailure(); ++i) {
      const std::string activity = "a" + std::to_string(i);
      owners_.emplace(owner_of(activity), activity);
    }
    return owners_;
  }
  // Becomes true when what is new comes to this consumer, too.
  bool is_given_more(const std::string& consumer) {
    for (int i = 0; !HasFailure(); ++i) {
      if (owner_of("later" + std::to_string(i)) == consumer) return true;
    }
    return false;
  }
  template <typename Condition>
  void poll_until(Condition condition) {
    const auto patience = steady_clock::now() + std::chrono::minutes(4);
    while (!condition()) {
      ASSERT_LT(steady_clock::now(), patience);
      ASSERT_TRUE(sender_->poll(milliseconds(10)).ok());
    }
  }

  BusProcess bus_{fleet()};
  std::map<std::string, std::unique_ptr<Process>> consumers_;
  std::unique_ptr<Relay> sender_;
  std::map<std::string, std::string> answers_;
  std::map<std::string, std::string> owners_;
};

TEST_F(SilentConsumerTest, KeepsWhatItHasUntilItGoesOnOrDiesAndGetsNothingElse) {
  ASSERT_EQ(find_owners(2).size(), 2U);
  const auto [first, its] = *owners_.begin();
  const auto [second, other] = *owners_.rbegin();
  for (const std::string& each : {first, second}) consumers_.at(each)->stop();
  ask("do 1", "slow.do", its);
  ask("keep 1", "slow.keep", its);
  ask("do 2", "slow.do", other);
  ask("keep 2", "slow.keep", other);
  do {
    ask("meanwhile", "slow.do", its, milliseconds(1000));
  } while (answer_to("meanwhile") == "expired" && !HasFailure());
  EXPECT_EQ(owners_.count(answers_["meanwhile"]), 0U) << answers_["meanwhile"] << " stands still";
  EXPECT_EQ(answers_.size(), 2U) << "whoever stands still may go on";

  consumers_.at(first)->go_on();
  EXPECT_EQ(answer_to("do 1"), first);
  EXPECT_EQ(answer_to("keep 1"), first);
  EXPECT_TRUE(is_given_more(first));

  consumers_.at(second)->kill();
  bus_.dismiss(second);
  EXPECT_EQ(answer_to("do 2"), "receiver-lost");
  EXPECT_NE(answer_to("keep 2").find(" again"), std::string::npos) << answers_["keep 2"];
}

}  // namespace
}  // namespace exo

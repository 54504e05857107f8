#include "bus/relays/cpp/lock.h"

#include <gtest/gtest.h>

#include "tests/relay/fake_broker.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

class Locks : public testing::Test, public RelayFixture {
 public:
  // Asks, and gives what was heard of it.
  Heard ask(const LockOptions& how = {}) {
    auto asked = relay().lock("accounts", how, [this](Result<Lock> outcome) {
      if (outcome.ok()) {
        lock = std::move(outcome).value();
      } else {
        code = outcome.error().code;
      }
    });
    EXPECT_TRUE(asked.ok());
    request = asked.value();
    return hear(Kind::kCommand);
  }
  Heard take(std::uint64_t number) {
    Heard command = ask();
    reply(command, "exo.locked", Value::map({{"key", "accounts"}, {"number", number}}));
    EXPECT_TRUE(wait_until([&] { return lock.held(); }));
    return command;
  }
  // The id that an exo.unlock names.
  std::string unlocked() {
    const Heard command = hear(Kind::kCommand);
    EXPECT_EQ(command.header.name, "exo.unlock");
    return *command.value().string_at("lock").value();
  }

  Lock lock;
  Request request;
  std::string code;
};

TEST_F(Locks, HaveAKey) {
  EXPECT_EQ(relay().lock("", {}, [](Result<Lock>) {}).error().code, "malformed");
}

TEST_F(Locks, AreWaitedForAMinuteWhereNobodySaysOtherwise) {
  connect();
  const Heard command = ask();
  EXPECT_EQ(command.header.name, "exo.lock");
  EXPECT_EQ(command.value(), Value::map({{"key", "accounts"}, {"timeoutMs", 60'000}}));
}

TEST_F(Locks, AreWaitedForWithoutEndByScripts) {
  options.role = "deployment-todo-0.0.2";
  connect();
  EXPECT_EQ(ask().value(), Value::map({{"key", "accounts"}}));
}

TEST_F(Locks, AreGivenBackWhenTheyAreDestroyed) {
  connect();
  const Heard command = take(7);
  EXPECT_EQ(lock.key(), "accounts");
  EXPECT_EQ(lock.number(), 7U);
  Lock moved = std::move(lock);
  EXPECT_TRUE(moved.held());
  EXPECT_FALSE(lock.held());
  moved = Lock();
  EXPECT_EQ(unlocked(), command.header.id);
  moved.release();
  EXPECT_TRUE(heard_by_now().empty()) << "once";
}

TEST_F(Locks, ThatDoNotComeInTimeAreAnError) {
  connect();
  error(ask({.timeout = milliseconds(20)}), "expired", "not free in time");
  ASSERT_TRUE(wait_until([&] { return !code.empty(); }));
  EXPECT_EQ(code, "expired");
}

TEST_F(Locks, AreNotWaitedForByWhoHasCancelled) {
  connect();
  const Heard command = ask();
  request.cancel();
  EXPECT_EQ(code, "cancelled");
  EXPECT_EQ(unlocked(), command.header.id);
}

TEST_F(Locks, AreLostWithTheConnection) {
  connect();
  take(7);
  lose_the_bus();
  connect();
  EXPECT_FALSE(lock.held());
  lock.release();
  EXPECT_TRUE(heard_by_now().empty());
}

}  // namespace
}  // namespace exo

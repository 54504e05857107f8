#include "bus/relays/cpp/lock.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
  Heard register_again() {
    Heard registration = hear(Kind::kRegister);
    admit(registration);
    EXPECT_TRUE(wait_until([this] { return relay().registered(); }));
    return registration;
  }
  void admit(const Heard& registration) {
    answer_registration(registration);
    route({});
    grant(0, {});
  }
  static std::vector<RestatedLock> restated_in(const Heard& registration) {
    return decode_registration(registration.payload).value().locks;
  }
  void listen_for_errors() {
    relay().on_unhandled_error([this](std::string_view name, const Error& error) {
      unhandled.push_back((name.empty() ? "" : std::string(name) + ": ") + error.code);
    });
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
  std::vector<std::string> unhandled;
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

TEST_F(Locks, ThatWereGivenBackAreNotRestated) {
  connect();
  take(7);
  lock.release();
  lose_the_bus();
  EXPECT_TRUE(restated_in(register_again()).empty());
}

TEST_F(Locks, ThatAnotherHasAreLost) {
  connect();
  const Heard command = take(7);
  listen_for_errors();
  std::vector<std::string> losses;
  lock.on_lost([&](const Error& error) { losses.push_back(error.code + ": " + error.message); });
  error(command, "lock-lost", "web has it");
  ASSERT_TRUE(wait_until([&] { return !lock.held(); }));
  error(command, "lock-lost", "web has it");
  lock.release();
  EXPECT_TRUE(heard_by_now().empty()) << "nothing is given back";
  EXPECT_EQ(losses, std::vector<std::string>{"lock-lost: web has it"});
  EXPECT_TRUE(unhandled.empty());
}

TEST_F(Locks, WhoseLossNobodyWantsToHearOfAreAnUnhandledError) {
  listen_for_errors();
  connect();
  const Heard command = take(7);
  error(command, "lock-lost", "web has it");
  ASSERT_TRUE(wait_until([&] { return !unhandled.empty(); }));
  EXPECT_EQ(unhandled, std::vector<std::string>{"exo.lock: lock-lost"});
}

TEST_F(Locks, ThatAreLostTellWhoAsksLater) {
  listen_for_errors();
  connect();
  const Heard command = take(7);
  error(command, "lock-lost", "web has it");
  ASSERT_TRUE(wait_until([&] { return !lock.held(); }));
  std::vector<std::string> losses;
  const auto listener = [&](const Error& error) { losses.push_back(error.code + ": " + error.message); };
  lock.on_lost(listener);
  EXPECT_EQ(losses, std::vector<std::string>{"lock-lost: web has it"}) << "at once";
  Lock moved = std::move(lock);
  moved.on_lost([&](const Error& error) {
    moved.release();
    listener(error);
  });
  EXPECT_EQ(losses.size(), 2U) << "each who asks";
  moved.on_lost(listener);
  EXPECT_EQ(losses.size(), 2U) << "not of what was released";
}

TEST_F(Locks, ThatAreGivenBackAreNotLost) {
  connect();
  take(7);
  lock.release();
  bool told = false;
  lock.on_lost([&](const Error&) { told = true; });
  unlocked();
  take(8);
  relay().close();
  ASSERT_TRUE(wait_until([&] { return !lock.held(); }));
  lock.on_lost([&](const Error&) { told = true; });
  EXPECT_FALSE(told);
}

TEST_F(Locks, AreNotKeptByABusThatKnowsNothingOfRestating) {
  connect();
  take(7);
  listen_for_errors();
  lose_the_bus();
  knows_locks = false;
  register_again();
  EXPECT_FALSE(lock.held());
  EXPECT_EQ(unhandled, (std::vector<std::string>{"bus-lost", "exo.lock: lock-lost"}));
}

}  // namespace
}  // namespace exo

#include "deployment-scripts/lock_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace exo {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t kEpoch = 7;
const MonotonicTime kNow{};

LockTable::Request request(const std::string& holder, const std::string& key, const std::string& id = "r-1") {
  return {.holder = holder, .name = "deployment-" + holder, .id = id, .key = key, .until = std::nullopt};
}

std::optional<LockTable::Grant> asked(LockTable& table, const LockTable::Request& wanted) {
  const auto grant = table.ask(wanted);
  EXPECT_TRUE(grant.ok());
  return grant.ok() ? grant.value() : std::nullopt;
}

std::vector<std::string> holders(const std::vector<LockTable::Grant>& grants) {
  std::vector<std::string> all;
  all.reserve(grants.size());
  for (const LockTable::Grant& grant : grants) all.push_back(grant.request.holder);
  return all;
}

using Names = std::vector<std::string>;

TEST(LockTable, RefusesAKeyThatIsNone) {
  LockTable table(kEpoch);
  EXPECT_EQ(table.ask(request("a", "")).error().code, "malformed");
  EXPECT_EQ(table.ask(request("a", std::string(kMaxLockKeyBytes + 1, 'k'))).error().code, "malformed");
  EXPECT_TRUE(table.ask(request("a", std::string(kMaxLockKeyBytes, 'k'))).ok());
}

TEST(LockTable, GrantsWhatNobodyHas) {
  LockTable table(kEpoch);
  const auto grant = asked(table, request("a", "accounts"));
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->number, (kEpoch << 32U) + 1);
  EXPECT_EQ(table.held_by("accounts"), "deployment-a");
}

TEST(LockTable, LetsOneHoldAKeyAndGivesItOnInTheOrderOfAsking) {
  LockTable table(kEpoch);
  ASSERT_TRUE(asked(table, request("a", "accounts")));
  EXPECT_FALSE(asked(table, request("b", "accounts")));
  EXPECT_FALSE(asked(table, request("c", "accounts")));
  EXPECT_TRUE(asked(table, request("c", "others"))) << "another key is another lock";
  EXPECT_EQ(holders(table.release("a", "r-1")), Names{"b"});
  EXPECT_EQ(holders(table.release("b", "r-1")), Names{"c"});
  EXPECT_EQ(holders(table.release("c", "r-1")), Names{});
  EXPECT_EQ(table.held_by("accounts"), "");
}

TEST(LockTable, LetsTwoRequestsOfOneHolderFollowEachOther) {
  LockTable table(kEpoch);
  ASSERT_TRUE(asked(table, request("a", "accounts", "r-1")));
  EXPECT_FALSE(asked(table, request("a", "accounts", "r-2")));
  const auto next = table.release("a", "r-1");
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].request.id, "r-2");
}

TEST(LockTable, KnowsARequestThatComesTwice) {
  LockTable table(kEpoch);
  const auto first = asked(table, request("a", "accounts"));
  const auto again = asked(table, request("a", "accounts"));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->number, first->number);
  EXPECT_FALSE(asked(table, request("b", "accounts")));
  EXPECT_FALSE(asked(table, request("b", "accounts")));
  EXPECT_EQ(holders(table.release("a", "r-1")), Names{"b"});
  EXPECT_EQ(holders(table.release("b", "r-1")), Names{});
}

TEST(LockTable, LeavesOthersAloneWhenSomebodyGivesBackWhatTheyHaveNot) {
  LockTable table(kEpoch);
  ASSERT_TRUE(asked(table, request("a", "accounts")));
  EXPECT_FALSE(asked(table, request("b", "accounts")));
  EXPECT_TRUE(table.release("c", "r-1").empty());
  EXPECT_TRUE(table.release("a", "r-9").empty());
  EXPECT_EQ(table.held_by("accounts"), "deployment-a");
}

TEST(LockTable, ForgetsWhoCeasesToWait) {
  LockTable table(kEpoch);
  ASSERT_TRUE(asked(table, request("a", "accounts")));
  EXPECT_FALSE(asked(table, request("b", "accounts")));
  EXPECT_FALSE(asked(table, request("c", "accounts")));
  EXPECT_TRUE(table.release("b", "r-1").empty());
  EXPECT_EQ(holders(table.release("a", "r-1")), Names{"c"});
}

TEST(LockTable, FreesAllOfAHolderThatHasGone) {
  LockTable table(kEpoch);
  ASSERT_TRUE(asked(table, request("a", "accounts", "r-1")));
  ASSERT_TRUE(asked(table, request("a", "stock", "r-2")));
  EXPECT_FALSE(asked(table, request("a", "accounts", "r-3")));
  EXPECT_FALSE(asked(table, request("b", "accounts")));
  EXPECT_FALSE(asked(table, request("c", "stock")));
  EXPECT_EQ(holders(table.gone("a")), (Names{"b", "c"}));
  EXPECT_TRUE(table.of("a").empty());
}

TEST(LockTable, TakesOutWhoHasWaitedTooLong) {
  LockTable table(kEpoch);
  LockTable::Request patient = request("b", "accounts");
  LockTable::Request hasty = request("c", "accounts");
  patient.until = kNow + seconds{9};
  hasty.until = kNow + seconds{5};
  LockTable::Request holding = request("a", "accounts");
  holding.until = kNow + seconds{1};
  ASSERT_TRUE(asked(table, holding));
  EXPECT_FALSE(table.next_expiry()) << "who has it does not wait";
  EXPECT_FALSE(asked(table, patient));
  EXPECT_FALSE(asked(table, hasty));
  EXPECT_EQ(table.next_expiry(), kNow + seconds{5});
  EXPECT_TRUE(table.expire(kNow + seconds{4}).empty());
  const auto late = table.expire(kNow + seconds{5});
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(late[0].holder, "c");
  EXPECT_EQ(table.next_expiry(), kNow + seconds{9});
  EXPECT_EQ(holders(table.release("a", "r-1")), Names{"b"});
}

TEST(LockTable, TellsHowRequestsStand) {
  LockTable table(kEpoch);
  ASSERT_TRUE(asked(table, request("a", "accounts")));
  EXPECT_FALSE(asked(table, request("b", "accounts")));
  ASSERT_EQ(table.of("a").size(), 1U);
  EXPECT_EQ(table.of("a")[0].key, "accounts");
  EXPECT_NE(table.of("a")[0].number, 0U);
  EXPECT_EQ(table.of("a")[0].held_by, "");
  ASSERT_EQ(table.of("b").size(), 1U);
  EXPECT_EQ(table.of("b")[0].number, 0U);
  EXPECT_EQ(table.of("b")[0].held_by, "deployment-a");
}

TEST(LockTable, GrantsOfALaterHostHaveHigherNumbersThanAllBefore) {
  LockTable earlier(kEpoch);
  std::uint64_t highest = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto grant = asked(earlier, request("a", "accounts"));
    ASSERT_TRUE(grant);
    EXPECT_GT(grant->number, highest);
    highest = grant->number;
    earlier.release("a", "r-1");
  }
  LockTable later(kEpoch + 1);
  EXPECT_GT(asked(later, request("a", "accounts"))->number, highest);
}

TEST(LockTable, IsBounded) {
  LockTable table(kEpoch);
  for (std::size_t i = 0; i < kMaxLockRequests; ++i) {
    ASSERT_TRUE(table.ask(request("a", "accounts", "r-" + std::to_string(i))).ok());
  }
  EXPECT_EQ(table.ask(request("b", "accounts")).error().code, "overloaded");
  EXPECT_TRUE(table.ask(request("a", "accounts", "r-0")).ok()) << "which is known";
  table.gone("a");
  EXPECT_TRUE(table.ask(request("b", "accounts")).ok());
}

// Whatever happens in whatever order: one holder a key, numbers that rise, and nobody waits for what is free.
TEST(LockTable, HoldsItsPromisesInEverySequence) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const auto one_of = [&](unsigned count) { return std::to_string(random() % count); };
    LockTable table(kEpoch);
    std::map<std::string, std::string> has;  // key → holder and request
    std::uint64_t highest = 0;
    const auto granted = [&](const LockTable::Grant& grant) {
      const std::string& key = grant.request.key;
      ASSERT_FALSE(has.contains(key)) << "seed " << seed << ": " << key << " is held by " << has[key];
      ASSERT_GT(grant.number, highest) << "seed " << seed;
      highest = grant.number;
      has[key] = grant.request.holder + "/" + grant.request.id;
    };
    int next_id = 0;
    for (int step = 0; step < 300; ++step) {
      const std::string holder = "h" + one_of(4);
      switch (random() % 4) {
        case 0:
        case 1: {
          const auto grant = asked(table, request(holder, "k" + one_of(3), std::to_string(++next_id)));
          if (grant) granted(*grant);
          break;
        }
        case 2: {
          const std::string id = std::to_string(random() % static_cast<unsigned>(next_id + 1));
          const auto grants = table.release(holder, id);
          std::erase_if(has, [&](const auto& entry) { return entry.second == holder + "/" + id; });
          for (const auto& grant : grants) granted(grant);
          break;
        }
        default: {
          const auto grants = table.gone(holder);
          std::erase_if(has, [&](const auto& entry) { return entry.second.starts_with(holder + "/"); });
          for (const auto& grant : grants) granted(grant);
        }
      }
      for (const std::string key : {"k0", "k1", "k2"})
        ASSERT_EQ(table.held_by(key).empty(), !has.contains(key)) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace exo

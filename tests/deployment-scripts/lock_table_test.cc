#include "deployment-scripts/lock_table.h"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
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

constexpr std::uint64_t number_of(std::uint64_t epoch, std::uint64_t count) {
  return (epoch << 32U) + count;
}

// What a holder says that it has.
LockTable::Claim claim(const std::string& key, std::uint64_t number, const std::string& id = "r-1") {
  return {.key = key, .id = id, .number = number};
}

LockTable::Restated registered(LockTable& table, const std::string& holder,
                               const std::vector<LockTable::Claim>& claims = {}) {
  return table.registered(holder, "deployment-" + holder, claims);
}

// "a lost accounts to deployment-b"
Names losses(const LockTable::Restated& restated) {
  Names all;
  for (const LockTable::Loss& loss : restated.losses) {
    all.push_back(loss.holder + " lost " + loss.claim.key + " to " +
                  (loss.held_by.empty() ? "nobody" : loss.held_by));
  }
  return all;
}

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

TEST(LockTable, GivesOutNothingBeforeAllWhoAreAwaitedHaveComeInOrEnded) {
  LockTable table(kEpoch, {"a", "b"});
  EXPECT_FALSE(asked(table, request("c", "accounts")));
  EXPECT_EQ(table.held_by("accounts"), "a") << "who may have it";
  EXPECT_EQ(table.of("c")[0].held_by, "a");
  EXPECT_EQ(table.of("c")[0].number, 0U);
  EXPECT_TRUE(registered(table, "c").grants.empty()) << "whom nobody awaits";
  EXPECT_FALSE(asked(table, request("c", "accounts", "r-2")));
  EXPECT_TRUE(registered(table, "a").grants.empty());
  EXPECT_EQ(table.held_by("accounts"), "b");
  const auto grants = table.gone("b");
  EXPECT_EQ(holders(grants), Names{"c"});
  EXPECT_EQ(grants[0].number, number_of(kEpoch, 1));
  EXPECT_TRUE(table.awaited().empty());
}

TEST(LockTable, KeepsWhatIsRestatedForItsHolder) {
  LockTable table(kEpoch, {"a"});
  EXPECT_FALSE(asked(table, request("b", "accounts")));
  EXPECT_FALSE(asked(table, request("b", "stock", "r-2")));
  const auto restated = registered(table, "a", {claim("accounts", number_of(3, 9))});
  EXPECT_EQ(losses(restated), Names{});
  EXPECT_EQ(holders(restated.grants), Names{"b"}) << "of the stock, which nobody had";
  EXPECT_EQ(restated.grants[0].request.key, "stock");
  EXPECT_EQ(table.held_by("accounts"), "deployment-a");
  EXPECT_EQ(table.of("a")[0].number, number_of(3, 9));
  const auto next = table.release("a", "r-1");
  EXPECT_EQ(holders(next), Names{"b"});
  EXPECT_GT(next[0].number, number_of(3, 9));
}

TEST(LockTable, GivesAKeyThatTwoRestateToTheHigherNumber) {
  LockTable lower_first(kEpoch, {"a", "b"});
  EXPECT_EQ(losses(registered(lower_first, "a", {claim("accounts", number_of(3, 1))})), Names{});
  EXPECT_EQ(losses(registered(lower_first, "b", {claim("accounts", number_of(3, 2))})),
            Names{"a lost accounts to deployment-b"});
  EXPECT_TRUE(lower_first.of("a").empty());
  EXPECT_EQ(lower_first.of("b")[0].number, number_of(3, 2));

  LockTable higher_first(kEpoch, {"a", "b"});
  EXPECT_EQ(losses(registered(higher_first, "b", {claim("accounts", number_of(3, 2))})), Names{});
  EXPECT_EQ(losses(registered(higher_first, "a", {claim("accounts", number_of(3, 1))})),
            Names{"a lost accounts to deployment-b"});
  EXPECT_EQ(higher_first.of("b")[0].number, number_of(3, 2));
}

TEST(LockTable, KnowsThatAHigherNumberWasRestatedWhoseHolderIsAwayAgain) {
  LockTable table(kEpoch, {"a", "b", "c"});
  registered(table, "b", {claim("accounts", number_of(3, 2))});
  EXPECT_TRUE(table.disconnected("b").empty());
  EXPECT_EQ(losses(registered(table, "a", {claim("accounts", number_of(3, 1))})),
            Names{"a lost accounts to nobody"});
  EXPECT_EQ(losses(registered(table, "b", {claim("accounts", number_of(3, 2))})), Names{});
}

TEST(LockTable, TakesNoNumberThatNoEarlierHostCanHaveGiven) {
  for (const std::uint64_t number : {std::uint64_t{0}, number_of(kEpoch, 1), number_of(kEpoch + 1, 1)}) {
    LockTable table(kEpoch, {"a"});
    EXPECT_EQ(losses(registered(table, "a", {claim("accounts", number)})),
              Names{"a lost accounts to nobody"});
    EXPECT_TRUE(asked(table, request("b", "accounts")));
  }
}

TEST(LockTable, TakesNothingFromWhomNobodyAwaits) {
  LockTable table(kEpoch, {"a"});
  EXPECT_EQ(losses(registered(table, "b", {claim("accounts", number_of(3, 1))})),
            Names{"b lost accounts to nobody"});
}

TEST(LockTable, TakesNothingTwiceFromWhomItAwaited) {
  LockTable table(kEpoch, {"a"});
  registered(table, "a");
  table.disconnected("a");
  EXPECT_EQ(losses(registered(table, "a", {claim("accounts", number_of(3, 1))})),
            Names{"a lost accounts to nobody"});
}

TEST(LockTable, GivesBackToWhoComesAgainWhatNobodyHadSince) {
  LockTable table(kEpoch);
  const auto grant = asked(table, request("a", "accounts"));
  EXPECT_TRUE(table.disconnected("a").empty());
  EXPECT_EQ(table.held_by("accounts"), "");
  EXPECT_EQ(losses(registered(table, "a", {claim("accounts", grant->number)})), Names{});
  EXPECT_EQ(table.of("a")[0].number, grant->number);
  EXPECT_EQ(losses(registered(table, "a", {claim("accounts", grant->number)})), Names{}) << "nor twice";
}

TEST(LockTable, TellsWhoComesAgainThatAnotherHasTheLockOrHadIt) {
  LockTable table(kEpoch);
  const auto grant = asked(table, request("a", "accounts"));
  EXPECT_FALSE(asked(table, request("b", "accounts")));
  EXPECT_EQ(holders(table.disconnected("a")), Names{"b"});
  EXPECT_EQ(losses(registered(table, "a", {claim("accounts", grant->number)})),
            Names{"a lost accounts to deployment-b"});
  table.disconnected("a");
  table.release("b", "r-1");
  EXPECT_EQ(losses(registered(table, "a", {claim("accounts", grant->number)})),
            Names{"a lost accounts to nobody"});
}

TEST(LockTable, HoldsNothingForWhoDoesNotRestateIt) {
  LockTable table(kEpoch);
  const auto grant = asked(table, request("a", "accounts"));
  table.disconnected("a");
  registered(table, "a");
  EXPECT_TRUE(table.of("a").empty());
  table.disconnected("a");
  EXPECT_EQ(losses(registered(table, "a", {claim("accounts", grant->number)})),
            Names{"a lost accounts to nobody"});
}

TEST(LockTable, AnotherOfTheSameNumberOrIdIsNotTheHolder) {
  LockTable table(kEpoch);
  const auto grant = asked(table, request("a", "accounts"));
  table.disconnected("a");
  EXPECT_EQ(losses(registered(table, "b", {claim("accounts", grant->number)})),
            Names{"b lost accounts to nobody"});
  EXPECT_EQ(losses(registered(table, "a", {claim("accounts", grant->number, "r-2")})),
            Names{"a lost accounts to nobody"});
}

TEST(LockTable, TakesOutWhoHasWaitedTooLongForThoseWhoAreAwaited) {
  LockTable table(kEpoch, {"a"});
  LockTable::Request hasty = request("b", "accounts");
  hasty.until = kNow + seconds{5};
  EXPECT_FALSE(asked(table, hasty));
  EXPECT_EQ(table.next_expiry(), kNow + seconds{5});
  ASSERT_EQ(table.expire(kNow + seconds{5}).size(), 1U);
  EXPECT_TRUE(registered(table, "a").grants.empty());
  EXPECT_TRUE(asked(table, request("c", "accounts")));
}

TEST(LockTable, IsBoundedForWhoRestatesToo) {
  LockTable table(kEpoch, {"a"});
  std::vector<LockTable::Claim> claims;
  for (std::size_t i = 0; i <= kMaxLockRequests; ++i) {
    claims.push_back(claim("k-" + std::to_string(i), number_of(3, i + 1), "r-" + std::to_string(i)));
  }
  EXPECT_EQ(registered(table, "a", claims).losses.size(), 1U);
  EXPECT_EQ(table.of("a").size(), kMaxLockRequests);
  EXPECT_TRUE(table.disconnected("a").empty());
  EXPECT_EQ(table.ask(request("b", "accounts")).error().code, "overloaded") << "what it left is remembered";
  table.gone("a");
  EXPECT_TRUE(table.ask(request("b", "accounts")).ok());
}

// Holders that live on while hosts come and go: whoever has a connection and was not told that its lock is
// lost is the only such holder of its key, and no later grant has a lower number.
TEST(LockTable, KeepsItsPromisesOverHosts) {
  struct Holder {
    bool connected = false;
    std::map<std::string, LockTable::Claim> believes;  // key → what it has
  };
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    std::uint64_t epoch = 1;
    auto table = std::make_unique<LockTable>(epoch);
    std::map<std::string, Holder> living;
    std::map<std::string, std::uint64_t> highest;  // that was ever granted, by key
    int next_id = 0;
    int next_name = 0;
    const auto lose = [&](const LockTable::Loss& loss) {
      auto& believes = living.at(loss.holder).believes;
      const auto found = believes.find(loss.claim.key);
      ASSERT_TRUE(found != believes.end() && found->second.id == loss.claim.id) << "seed " << seed;
      believes.erase(found);
    };
    const auto granted = [&](const std::vector<LockTable::Grant>& grants) {
      for (const auto& grant : grants) {
        ASSERT_GT(grant.number, highest[grant.request.key]) << "seed " << seed;
        highest[grant.request.key] = grant.number;
        living.at(grant.request.holder).believes[grant.request.key] =
            claim(grant.request.key, grant.number, grant.request.id);
      }
    };
    for (int step = 0; step < 400; ++step) {
      if (living.size() < 3) living["h" + std::to_string(++next_name)];
      auto at = living.begin();
      std::advance(at, random() % living.size());
      const std::string name = at->first;
      Holder& holder = at->second;
      switch (random() % 8) {
        case 0:  // the host is killed, and the next one comes
          if (random() % 4 == 0) {
            std::set<std::string> inherited;
            for (auto& [each, other] : living) {
              other.connected = false;
              inherited.insert(each);
            }
            table = std::make_unique<LockTable>(++epoch, inherited);
          }
          break;
        case 1:  // it ends
          living.erase(name);
          granted(table->gone(name));
          break;
        case 2:  // its connection ends
          if (std::exchange(holder.connected, false)) granted(table->disconnected(name));
          break;
        case 3:  // it gives something back, or ceases to wait
          if (holder.connected && !holder.believes.empty()) {
            const std::string id = holder.believes.begin()->second.id;
            holder.believes.erase(holder.believes.begin());
            granted(table->release(name, id));
          }
          break;
        default:
          if (!holder.connected) {
            std::vector<LockTable::Claim> claims;
            for (const auto& [key, each] : holder.believes) claims.push_back(each);
            holder.connected = true;
            const auto restated = registered(*table, name, claims);
            for (const auto& loss : restated.losses) lose(loss);
            granted(restated.grants);
          } else {
            const std::string key = "k" + std::to_string(random() % 2);
            if (holder.believes.contains(key)) break;  // a lock is not re-entrant
            const auto grant = asked(*table, request(name, key, std::to_string(++next_id)));
            if (grant) granted({*grant});
          }
      }
      std::map<std::string, std::string> has;
      for (const auto& [each, other] : living) {
        for (const auto& [key, what] : other.believes) {
          if (!other.connected) continue;
          ASSERT_TRUE(has.emplace(key, each).second) << "seed " << seed << ", step " << step << ": " << key
                                                     << " is held by " << has[key] << " and " << each;
        }
      }
    }
  }
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

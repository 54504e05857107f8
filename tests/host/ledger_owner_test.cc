// Who wants a ledger while somebody records a decision waits for that; a host is told of at once.
#include "host/ledger_owner.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <string>

#include "ledger/ledger_error.h"

namespace exo {
namespace {

class LedgerOwnerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/exo-owner-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Ownership owned_by(const std::string& host_id) const {
    return Ownership::acquire(folder_, this_process(host_id)).value();
  }

  std::string folder_;
};

TEST_F(LedgerOwnerTest, ADecisionThatIsRecordedJustNowIsWaitedFor) {
  std::optional<Ownership> decision = owned_by(passing_owner_id());
  auto next = std::async(std::launch::async, [this] {
    const auto ledger = own_ledger({.folder = folder_, .owner = this_process("host-1")});
    return ledger ? std::string() : ledger.error().message;
  });
  EXPECT_EQ(next.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  decision.reset();
  EXPECT_EQ(next.get(), "");
}

TEST_F(LedgerOwnerTest, WhoLooksForAHostSeesNoneInADecision) {
  std::optional<Ownership> decision = owned_by(passing_owner_id());
  auto seen = std::async(std::launch::async, [this] { return find_host(folder_).value(); });
  EXPECT_EQ(seen.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  decision.reset();
  EXPECT_EQ(seen.get(), std::nullopt);
}

TEST_F(LedgerOwnerTest, AHostIsNotWaitedFor) {
  const Ownership host = owned_by("host-1");
  EXPECT_EQ(find_host(folder_).value(), host.self());
  EXPECT_EQ(own_ledger({.folder = folder_, .owner = this_process("host-2")}).error().code,
            ledger_error::kOwned);
}

}  // namespace
}  // namespace exo

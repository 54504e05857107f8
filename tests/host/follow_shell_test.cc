// The surroundings of the desk of follows on a real disk.
#include "host/follow_shell.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/unique_fd.h"
#include "host/state_folder.h"
#include "ledger/memory_ledger.h"

namespace exo {
namespace {

class FollowShellTest : public ::testing::Test {
 protected:
  FollowShellTest() : sockets_(SocketFolder::create().value()), folder_(sockets_.path() / "runs") {
    std::filesystem::create_directories(folder_);
    for (const char* name : {"a-1.0.0-offline-1.follow", "b-1.0.0-offline-1.follow.new", "a.lock"}) {
      std::ofstream(folder_ / name) << "x";
    }
    broker_ =
        Broker::start({.endpoint = "ipc://" + (sockets_.path() / "bus").string(), .environment = "local"})
            .value();
    journal_ = Journal::open(sockets_.path() / "host.log", {}, terminal_).value();
  }
  FollowShell shell() {
    return FollowShell({.broker = *broker_, .journal = *journal_, .ledger = ledger_, .folder = folder_});
  }
  bool is_there(const std::string& name) const { return std::filesystem::exists(folder_ / name); }

  SocketFolder sockets_;
  std::filesystem::path folder_;
  std::unique_ptr<Broker> broker_;
  UniqueFd nowhere_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Terminal terminal_{nowhere_.get(), ColorMode::kPlain};
  std::unique_ptr<Journal> journal_;
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>();
  MemoryLedger ledger_{store_};
};

TEST_F(FollowShellTest, FindsLogsAndRemovesWhatIsUnfinishedOfOne) {
  EXPECT_EQ(shell().runs_with_log(), std::vector<std::string>{"a-1.0.0-offline-1"});
  EXPECT_FALSE(is_there("b-1.0.0-offline-1.follow.new"));
  EXPECT_TRUE(is_there("a.lock"));
  shell().remove_log("a-1.0.0-offline-1");
  EXPECT_FALSE(is_there("a-1.0.0-offline-1.follow"));
}

TEST_F(FollowShellTest, OwnsTheLogsUntilTheEnvironmentIsTakenOver) {
  EXPECT_TRUE(shell().owns_logs());
  const MemoryLedger next(store_);
  EXPECT_FALSE(shell().owns_logs());
  shell().runs_with_log();
  EXPECT_TRUE(is_there("b-1.0.0-offline-1.follow.new"));
}

}  // namespace
}  // namespace exo

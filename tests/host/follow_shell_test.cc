// The surroundings of the desk of follows on a real disk.
#include "host/follow_shell.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/unique_fd.h"
#include "host/follow_log.h"
#include "host/state_folder.h"
#include "ledger/memory_ledger.h"

namespace exo {
namespace {

class FollowShellTest : public ::testing::Test {
 protected:
  FollowShellTest() : sockets_(SocketFolder::create().value()), folder_(sockets_.path() / "runs") {
    std::filesystem::create_directories(folder_);
    for (const char* name : {"a-1.0.0-offline-1.4.1.follow", "a-1.0.0-offline-1.9.1.follow",
                             "b-1.0.0-offline-1.6.1.follow.new", "c-1.0.0-offline-1.follow", "a.lock"}) {
      std::ofstream(folder_ / name) << kFollowLogBeginning;
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
  auto runs = shell().runs_with_log();
  std::sort(runs.begin(), runs.end());
  EXPECT_EQ(runs, (std::vector<std::string>{"a-1.0.0-offline-1", "c-1.0.0-offline-1"}));
  EXPECT_FALSE(is_there("b-1.0.0-offline-1.6.1.follow.new"));
  EXPECT_TRUE(is_there("a.lock"));
  shell().remove_logs("a-1.0.0-offline-1");
  EXPECT_FALSE(is_there("a-1.0.0-offline-1.4.1.follow"));
  EXPECT_FALSE(is_there("a-1.0.0-offline-1.9.1.follow"));
  EXPECT_TRUE(is_there("c-1.0.0-offline-1.follow"));
}

TEST_F(FollowShellTest, LeavesTheLogsOfAHostThatTookTheEnvironmentOver) {
  FollowShell late = shell();
  MemoryLedger next(store_);
  FollowShell taker({.broker = *broker_, .journal = *journal_, .ledger = next, .folder = folder_});
  FollowLog log(taker.log_of("a-1.0.0-offline-1", 9));
  ASSERT_TRUE(log.open().ok());
  EXPECT_FALSE(is_there("a-1.0.0-offline-1.9.1.follow")) << "the new one has taken its place";
  late.runs_with_log();
  late.remove_logs("a-1.0.0-offline-1");
  EXPECT_TRUE(is_there("a-1.0.0-offline-1.9.2.follow"));
  EXPECT_FALSE(is_there("a-1.0.0-offline-1.4.1.follow")) << "that is its own";
}

}  // namespace
}  // namespace exo

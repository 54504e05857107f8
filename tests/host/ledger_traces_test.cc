// Which files show that a ledger was there, and which a host leaves that dies before its first event.
#include "host/ledger_traces.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "services/keeper/exit_records.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

class LedgerTracesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/exo-traces-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    state_.emplace(StateFolder::of(folder_, "local").value());
    ASSERT_TRUE(state_->create().ok());
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& file, const std::string& content) const {
    fs::create_directories((state_->path() / file).parent_path());
    std::ofstream(state_->path() / file) << content;
  }
  std::string traces() const { return traces_of_processes(*state_).value_or("none"); }
  std::string reading() const {
    const auto ledger = open_ledger_for_reading(*state_);
    return ledger ? "opens" : ledger.error().code;
  }

  fs::path folder_;
  std::optional<StateFolder> state_;
};

const std::string kEnd = encode({.exited = {.id = "visits-1-abc", .status = WaitStatus::exited(0)},
                                 .role = "visits",
                                 .log = "visits-0.0.1.log"});

TEST_F(LedgerTracesTest, AreNoneOfAHostThatDiedBeforeItsFirstEvent) {
  write("keeper.jsonl", "");
  write("keeper.lock", "exo-keeper, pid 17\n");
  write("ledger.lock", "");
  write("key", "secret");
  write("logs/exo.log", "2026-11-20T21:02:59.407Z info shop in local\n");
  write("logs/exo.log.1", "2026-11-20T21:02:59.407Z info shop in local\n");
  fs::create_directories(state_->data() / "todo");
  EXPECT_EQ(traces(), "none");
  EXPECT_TRUE(may_begin_ledger(*state_).ok());
  EXPECT_EQ(reading(), "absent");
}

TEST_F(LedgerTracesTest, AreEndsOfProcesses) {
  write("keeper.jsonl", kEnd);
  EXPECT_EQ(traces(), "keeper.jsonl tells how 1 process ended");
  write("keeper.jsonl.old", kEnd + kEnd);
  write("keeper.jsonl", "");
  EXPECT_EQ(traces(), "keeper.jsonl tells how 2 processes ended");
}

TEST_F(LedgerTracesTest, AreEndsThatNobodyCanReadAnyMore) {
  write("keeper.jsonl", "{\"id\":\"cut sho");
  EXPECT_EQ(traces(), "keeper.jsonl is not empty");
}

TEST_F(LedgerTracesTest, AreLogsOfProcesses) {
  write("logs/exo.log", "");
  write("logs/visits-0.0.1.log", "");
  write("logs/greeter-0.0.1-offline-1-1.log", "");
  EXPECT_EQ(traces(), "logs/greeter-0.0.1-offline-1-1.log and 1 more");
}

TEST_F(LedgerTracesTest, AreLocksOfScriptsAndWhatARepairSetAside) {
  write("runs/greeter-0.0.1.lock", "");
  write("ledger.damaged-20261127T082500Z/ledger.db", "");
  EXPECT_EQ(traces(), "runs/greeter-0.0.1.lock; ledger.damaged-20261127T082500Z");
}

TEST_F(LedgerTracesTest, RefuseALedgerThatIsNotThere) {
  write("keeper.jsonl", kEnd);
  const auto allowed = may_begin_ledger(*state_);
  ASSERT_FALSE(allowed.ok());
  EXPECT_EQ(allowed.error().code, "ledger-missing");
  EXPECT_NE(allowed.error().message.find("keeper.jsonl tells how 1 process ended"), std::string::npos);
  EXPECT_EQ(reading(), "ledger-missing");
}

TEST_F(LedgerTracesTest, SayNothingAboutALedgerThatIsThere) {
  ASSERT_TRUE(SqliteLedger::open({.folder = state_->path().string(), .owner = this_process("host-1")}).ok());
  write("keeper.jsonl", kEnd);
  EXPECT_EQ(reading(), "opens");
}

}  // namespace
}  // namespace exo

// What becomes of a process's output and of its end.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "services/keeper/exit_records.h"
#include "services/keeper/line_splitter.h"
#include "tests/keeper/keeper_fixture.h"

namespace exo {
namespace {

using Lines = std::vector<std::string>;

// What the process wrote, of a log in which every line begins with the time at which it was taken.
std::string without_times(const std::string& log) {
  constexpr std::size_t kTimeLength = 24;
  std::string text;
  for (std::size_t begin = 0, end = 0; begin < log.size(); begin = end + 1) {
    end = log.find('\n', begin);
    EXPECT_NE(end, std::string::npos) << "the log ends within a line";
    if (end == std::string::npos) break;
    const std::string line = log.substr(begin, end + 1 - begin);
    const bool stamped = line.size() > kTimeLength && line[kTimeLength] == ' ';
    EXPECT_TRUE(stamped && parse_time(line.substr(0, kTimeLength)).ok()) << line;
    text += stamped ? line.substr(kTimeLength + 1) : line;
  }
  return text;
}

TEST_F(KeeperTest, TellsTheExitCode) {
  start_keeper();
  keeper().spawn(shell("a", "exit 3"));
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::exited(3));
}

TEST_F(KeeperTest, TellsTheSignal) {
  start_keeper();
  keeper().spawn(shell("a", "kill -9 $$"));
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::signalled(SIGKILL));
}

TEST_F(KeeperTest, TellsWhatTheProcessUsed) {
  start_keeper();
  keeper().spawn(shell("a", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"));
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_GT(exited->max_resident_kib, 0U);
  EXPECT_GT(exited->user_ms + exited->system_ms, 0U);
  EXPECT_GE(exited->duration_ms + 1, exited->user_ms + exited->system_ms) << "one thread, rounded down";
}

TEST_F(KeeperTest, RecordsTheEndBeforeItTells) {
  start_keeper();
  keeper().spawn(shell("a", "exit 3"));
  ASSERT_TRUE(await<ProcessExited>("a"));
  const auto record = nlohmann::json::parse(contents("keeper.jsonl"));
  EXPECT_EQ(record.at("id"), "a");
  EXPECT_EQ(record.at("role"), "role-of-a");
  EXPECT_EQ(record.at("status"), "exit code 3");
  EXPECT_EQ(record.at("pid"), seen<ProcessStarted>().at(0).pid);
}

// The records of the process with this id; nullopt: there is none.
std::optional<ExitRecord> record_of(const std::string& folder, const std::string& id) {
  for (ExitRecord& record : read_exit_records(folder)) {
    if (record.exited.id == id) return std::move(record);
  }
  return std::nullopt;
}

TEST_F(KeeperTest, RecordsThatAProcessEndedByItselfWithItsLastWords) {
  start_keeper();
  ProcessSpec spec = shell("a", "echo no disk; exit 3");
  spec.lock_file = path("a.lock");
  spec.log_file = path("a.log");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  const auto record = record_of(path(""), "a");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->by, EndedBy::kItself);
  EXPECT_EQ(record->exited.status, WaitStatus::exited(3));
  EXPECT_EQ(record->exited.last_lines, std::vector<std::string>{"no disk"});
  EXPECT_EQ(record->log, path("a.log"));
}

TEST_F(KeeperTest, RecordsThatAProcessWasAskedToEnd) {
  start_keeper();
  keeper().spawn(shell("a", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  keeper().stop("a", {});
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(record_of(path(""), "a")->by, EndedBy::kRequest);
}

TEST_F(KeeperTest, RecordsThatAProcessEndedWithItsHost) {
  start_keeper();
  keeper().spawn(shell("a", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  close_keeper();
  const auto record = record_of(path(""), "a");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->by, EndedBy::kRequest);
}

TEST_F(KeeperTest, RecordsHowLongAProcessRan) {
  start_keeper();
  keeper().spawn(shell("a", "sleep 0.05"));
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_GE(exited->duration_ms, 50U);
}

TEST_F(KeeperTest, ForwardsLinesWithRoleAndStream) {
  start_keeper();
  keeper().spawn(shell("a", "echo words >&2"));
  const auto line = await<OutputLine>("a");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->text, "words");
  EXPECT_EQ(line->role, "role-of-a");
  EXPECT_EQ(line->stream, OutputStream::kStderr);
}

TEST_F(KeeperTest, TellsTheStartBeforeTheFirstLine) {
  start_keeper();
  keeper().spawn(shell("a", "echo words"));
  ASSERT_TRUE(await<OutputLine>("a"));
  EXPECT_EQ(seen<ProcessStarted>().size(), 1U);
}

TEST_F(KeeperTest, ForwardsALineWhileTheProcessRuns) {
  start_keeper();
  keeper().spawn(shell("a", "echo words; exec sleep 1000"));
  EXPECT_TRUE(await<OutputLine>("a"));
}

TEST_F(KeeperTest, AppendsOutputToTheLog) {
  start_keeper();
  ProcessSpec spec = shell("a", "echo one; echo two >&2");
  spec.log_file = path("log");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  spec = shell("b", "echo three");
  spec.log_file = path("log");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("b"));
  const std::string log = without_times(contents("log"));
  EXPECT_TRUE(log == "one\ntwo\nthree\n" || log == "two\none\nthree\n") << log;
}

TEST_F(KeeperTest, ALastLineWithoutAnEndIsKept) {
  start_keeper();
  ProcessSpec spec = shell("a", "printf 'one\\nlast words'");
  spec.log_file = path("log");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a"), (Lines{"one", "last words"}));
  EXPECT_EQ(without_times(contents("log")), "one\nlast words\n");
}

TEST_F(KeeperTest, OutputThatIsNoTextArrivesAsItWas) {
  start_keeper();
  ProcessSpec spec = shell("a", "printf '\\377\\000\\200\\n'");
  spec.log_file = path("log");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a"), Lines{std::string("\xFF\0\x80", 3)});
  EXPECT_EQ(without_times(contents("log")), std::string("\xFF\0\x80\n", 4));
}

TEST_F(KeeperTest, ALineThatDoesNotEndIsCut) {
  start_keeper();
  ProcessSpec spec = shell("a", "head -c 100000 /dev/zero | tr '\\0' x");
  spec.log_file = path("log");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  const Lines expected{std::string(kMaxOutputLine, 'x') + std::string(kCutMark),
                       std::string(100'000 - kMaxOutputLine, 'x')};
  EXPECT_EQ(lines_of("a"), expected);
}

TEST_F(KeeperTest, TheEndComesWithTheLastLines) {
  start_keeper();
  keeper().spawn(shell("a", "seq 1 100"));
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  ASSERT_EQ(exited->last_lines.size(), 20U);
  EXPECT_EQ(exited->last_lines.front(), "81");
  EXPECT_EQ(exited->last_lines.back(), "100");
}

TEST_F(KeeperTest, OutputOfGrandchildrenIsTakenBeforeTheEndIsTold) {
  start_keeper();
  keeper().spawn(shell("a", "seq 1 2000 & wait"));
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a").size(), 2000U);
}

// The host does not read while the process writes far more than all buffers hold.
TEST_F(KeeperTest, AHostThatDoesNotReadGetsAnExactCountOfWhatWasLeftOut) {
  constexpr std::size_t kLines = 300'000;
  start_keeper();
  ProcessSpec spec = shell("a", "seq 1 " + std::to_string(kLines) + "; touch written");
  spec.log_file = path("log");
  keeper().spawn(spec);
  ASSERT_TRUE(comes_true([this] { return exists("written"); })) << "the flood was held up by the host";
  ASSERT_TRUE(await<ProcessExited>("a"));
  std::uint64_t left_out = 0;
  for (const auto& event : seen<OutputLinesLeftOut>()) left_out += event.count;
  EXPECT_GT(left_out, 0U);
  EXPECT_EQ(lines_of("a").size() + left_out, kLines);
}

// The line comes at the end of a flood of which the host reads nothing before.
TEST_F(KeeperTest, TheAwaitedTextIsToldThoughItsLineIsLeftOut) {
  constexpr std::size_t kLines = 300'000;
  start_keeper();
  ProcessSpec spec = shell("a", "seq 1 " + std::to_string(kLines) + "; echo now listening; touch written");
  spec.awaited_text = "listening";
  keeper().spawn(spec);
  ASSERT_TRUE(comes_true([this] { return exists("written"); }));
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(seen<AwaitedTextSaid>().size(), 1U);
  EXPECT_LT(lines_of("a").size(), kLines) << "the flood was too small to show anything";
}

TEST_F(KeeperTest, TheAwaitedTextIsToldOnceAndOnlyWhenItIsSaid) {
  start_keeper();
  for (const auto& [id, text] :
       {std::pair("says", "ready ready; echo ready"), std::pair("does-not", "steady")}) {
    ProcessSpec spec = shell(id, "echo " + std::string(text));
    spec.awaited_text = "ready";
    keeper().spawn(spec);
    ASSERT_TRUE(await<ProcessExited>(id));
  }
  ASSERT_EQ(seen<AwaitedTextSaid>().size(), 1U);
  EXPECT_EQ(seen<AwaitedTextSaid>()[0].id, "says");
}

TEST_F(KeeperTest, AFloodIsCompleteInTheLog) {
  constexpr std::size_t kLines = 300'000;
  start_keeper();
  ProcessSpec spec = shell("a", "seq 1 " + std::to_string(kLines));
  spec.log_file = path("log");
  keeper().spawn(spec);
  ASSERT_TRUE(comes_true([this] { return contents("keeper.jsonl").ends_with('\n'); }));
  std::string expected;
  for (std::size_t line = 1; line <= kLines; ++line) expected += std::to_string(line) + "\n";
  EXPECT_TRUE(without_times(contents("log")) == expected);
}

TEST_F(KeeperTest, ATalkativeProcessDoesNotSilenceAnother) {
  start_keeper();
  keeper().spawn(shell("flood", "while true; do echo flood; done"));
  ASSERT_TRUE(await<OutputLine>("flood"));
  keeper().spawn(shell("calm", "echo calm; exec sleep 1000"));
  EXPECT_TRUE(await<OutputLine>("calm"));
}

TEST_F(KeeperTest, AFullDiskEndsNoProcessAndIsSaidOnce) {
  start_keeper();
  ProcessSpec spec = shell("a", "echo one; echo two; exit 5");
  spec.log_file = "/dev/full";
  keeper().spawn(spec);
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::exited(5));
  EXPECT_EQ(lines_of("a"), (Lines{"one", "two"}));
  EXPECT_EQ(seen<KeeperNotice>().size(), 1U);
}

// A pipe, which takes a record and cannot keep it, stands in for a disk.
TEST_F(KeeperTest, ADiskThatKeepsNoRecordsIsNoticedAndTheEndStillTold) {
  ASSERT_EQ(::mkfifo(path("keeper.jsonl").c_str(), 0600), 0);
  start_keeper();
  keeper().spawn(shell("a", "exit 5"));
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::exited(5));
  EXPECT_EQ(seen<KeeperNotice>().size(), 1U);
}

}  // namespace
}  // namespace exo

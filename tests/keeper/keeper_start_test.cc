// Starting the keeper and starting processes, with what can go wrong first.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "services/keeper/file_lock.h"
#include "tests/keeper/keeper_fixture.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(KeeperTest, AMissingKeeperProgramIsAnErrorThatNamesIt) {
  auto options = this->options();
  options.program = path("missing");
  const auto started = KeeperClient::start(options);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, "keeper");
  EXPECT_TRUE(mentions(started.error().message, options.program)) << started.error().message;
}

TEST_F(KeeperTest, AMissingStateFolderIsAnErrorThatNamesIt) {
  auto options = this->options();
  options.state_folder = path("missing");
  const auto started = KeeperClient::start(options);
  ASSERT_FALSE(started.ok());
  EXPECT_TRUE(mentions(started.error().message, options.state_folder)) << started.error().message;
}

TEST_F(KeeperTest, ASecondKeeperIsRefusedAndNamesTheFirst) {
  start_keeper();
  auto options = this->options();
  options.lock_wait = milliseconds(100);
  const auto second = KeeperClient::start(options);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "busy");
  EXPECT_TRUE(mentions(second.error().message, std::to_string(keeper().pid()))) << second.error().message;
}

TEST_F(KeeperTest, WhoWaitsForTheFirstKeeperIsToldOfIt) {
  start_keeper();
  std::vector<std::string> told;
  auto options = this->options();
  options.lock_wait = milliseconds(1500);
  options.waiting = [&](const std::string& keeper) { told.push_back(keeper); };
  EXPECT_FALSE(KeeperClient::start(options).ok());
  EXPECT_EQ(told, std::vector<std::string>{std::to_string(keeper().pid())});
}

TEST_F(KeeperTest, WaitingForTheFirstKeeperCanBeInterrupted) {
  start_keeper();
  std::array<int, 2> pipe{-1, -1};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const UniqueFd reader(pipe[0]);
  UniqueFd(pipe[1]).reset();  // the end of a pipe is readable
  auto options = this->options();
  options.lock_wait = kPatience;
  options.interrupt_fd = reader.get();
  const auto second = KeeperClient::start(options);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "interrupted");
}

TEST_F(KeeperTest, ASecondKeeperServesWhenTheFirstHasEndedEverything) {
  start_keeper();
  keeper().spawn(shell("a", "exec sleep 1000"));
  ASSERT_TRUE(await<ProcessStarted>("a"));
  ASSERT_EQ(::kill(keeper().pid(), SIGKILL), 0);
  start_keeper();
  EXPECT_EQ(marked(), std::vector<pid_t>{keeper().pid()});
}

TEST_F(KeeperTest, TheLockFileNamesTheKeeper) {
  start_keeper();
  EXPECT_EQ(contents("keeper.lock"), std::to_string(keeper().pid()) + "\n");
}

TEST_F(KeeperTest, AProcessWithoutACommandFailsToStart) {
  start_keeper();
  ProcessSpec spec = shell("a", "");
  spec.argv.clear();
  keeper().spawn(spec);
  const auto failed = await<ProcessFailedToStart>("a");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "exec");
}

TEST_F(KeeperTest, AMissingProgramFailsToStartAndIsNamed) {
  start_keeper();
  ProcessSpec spec = shell("a", "");
  spec.argv = {"no-such-program"};
  keeper().spawn(spec);
  const auto failed = await<ProcessFailedToStart>("a");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "exec");
  EXPECT_TRUE(mentions(failed->message, "\"no-such-program\"") &&
              mentions(failed->message, "No such file or directory"))
      << failed->message;
}

TEST_F(KeeperTest, AProgramThatMayNotBeExecutedFailsToStart) {
  start_keeper();
  std::ofstream(path("data")) << "not a program";
  ProcessSpec spec = shell("a", "");
  spec.argv = {path("data")};
  keeper().spawn(spec);
  const auto failed = await<ProcessFailedToStart>("a");
  ASSERT_TRUE(failed);
  EXPECT_TRUE(mentions(failed->message, "Permission denied")) << failed->message;
}

TEST_F(KeeperTest, AMissingFolderFailsToStartAndIsNamed) {
  start_keeper();
  ProcessSpec spec = shell("a", "true");
  spec.folder = path("missing");
  keeper().spawn(spec);
  const auto failed = await<ProcessFailedToStart>("a");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "folder");
  EXPECT_TRUE(mentions(failed->message, spec.folder)) << failed->message;
}

TEST_F(KeeperTest, AProcessAndItsChildrenHaveTheirLimits) {
  start_keeper();
  ProcessSpec spec = shell("a", "ulimit -n; sh -c 'ulimit -n'");
  spec.limits = {{RLIMIT_NOFILE, 123}};
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a"), (std::vector<std::string>{"123", "123"}));
}

TEST_F(KeeperTest, ALimitThatCannotBeSetFailsToStartAndSaysSo) {
  start_keeper();
  ProcessSpec spec = shell("a", "true");
  spec.limits = {{-1, 123}};
  keeper().spawn(spec);
  const auto failed = await<ProcessFailedToStart>("a");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "limit");
  EXPECT_TRUE(mentions(failed->message, "limit")) << failed->message;
}

TEST_F(KeeperTest, ALogThatCannotBeWrittenFailsToStartAndIsNamed) {
  start_keeper();
  ProcessSpec spec = shell("a", "true");
  spec.log_file = path("missing/log");
  keeper().spawn(spec);
  const auto failed = await<ProcessFailedToStart>("a");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "log");
  EXPECT_TRUE(mentions(failed->message, spec.log_file)) << failed->message;
}

TEST_F(KeeperTest, ABusyLockFailsToStartAndIsNamed) {
  start_keeper();
  const auto held = take_file_lock(path("run.lock"));
  ASSERT_TRUE(held.ok());
  ProcessSpec spec = shell("a", "touch started");
  spec.lock_file = path("run.lock");
  keeper().spawn(spec);
  const auto failed = await<ProcessFailedToStart>("a");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "lock");
  EXPECT_TRUE(mentions(failed->message, spec.lock_file)) << failed->message;
  EXPECT_FALSE(exists("started"));
}

TEST_F(KeeperTest, AProcessThatFailedToStartLeavesItsLockFree) {
  start_keeper();
  ProcessSpec spec = shell("a", "");
  spec.argv = {"no-such-program"};
  spec.lock_file = path("run.lock");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessFailedToStart>("a"));
  EXPECT_TRUE(take_file_lock(path("run.lock")).ok());
}

TEST_F(KeeperTest, AnIdInUseIsRefusedWithANoticeAndTheFirstGoesOn) {
  start_keeper();
  keeper().spawn(shell("a", "exec sleep 1000"));
  keeper().spawn(shell("a", "touch started"));
  const auto notice = await_any<KeeperNotice>();
  ASSERT_TRUE(notice);
  EXPECT_TRUE(mentions(notice->text, "\"a\"")) << notice->text;
  keeper().stop("a", {});
  EXPECT_TRUE(await<ProcessExited>("a"));
  EXPECT_FALSE(exists("started"));
}

TEST_F(KeeperTest, AProcessIsStartedWithItsOwnProcessId) {
  start_keeper();
  keeper().spawn(shell("a", "echo $$; exec sleep 1000"));
  const auto line = await<OutputLine>("a");
  const auto started = seen<ProcessStarted>();
  ASSERT_TRUE(line && started.size() == 1);
  EXPECT_EQ(line->text, std::to_string(started[0].pid));
}

TEST_F(KeeperTest, AProgramIsFoundInThePathOfItsOwnEnvironment) {
  start_keeper();
  std::filesystem::create_directory(path("bin"));
  std::filesystem::create_symlink("/bin/echo", path("bin/own-echo"));
  ProcessSpec spec = shell("a", "");
  spec.argv = {"own-echo", "found"};
  spec.environment.front().second = path("bin");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a"), std::vector<std::string>{"found"});
}

TEST_F(KeeperTest, AProcessGetsTheGivenEnvironmentAndNothingElse) {
  start_keeper();
  ProcessSpec spec = shell("a", "");
  spec.argv = {"/usr/bin/env"};
  spec.environment = {{"ONE", "1"}, {"BYTES", "\xFF=\x80"}};
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a"), (std::vector<std::string>{"ONE=1", "BYTES=\xFF=\x80"}));
}

TEST_F(KeeperTest, AProcessRunsInItsFolder) {
  start_keeper();
  std::filesystem::create_directory(path("inner"));
  ProcessSpec spec = shell("a", "pwd -P");
  spec.folder = path("inner");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a"), std::vector<std::string>{path("inner")});
}

// Only the three standard streams, and the folder that ls itself opens to look.
TEST_F(KeeperTest, AProcessInheritsNoDescriptors) {
  start_keeper();
  ProcessSpec spec = shell("a", "");
  spec.argv = {"/bin/ls", "/proc/self/fd"};
  spec.log_file = path("log");
  spec.lock_file = path("run.lock");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a"), (std::vector<std::string>{"0", "1", "2", "3"}));
}

TEST_F(KeeperTest, AProcessReadsNothingFromStandardInput) {
  start_keeper();
  keeper().spawn(shell("a", "readlink /proc/self/fd/0"));
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a"), std::vector<std::string>{"/dev/null"});
}

TEST_F(KeeperTest, AProcessBlocksAndIgnoresNoSignals) {
  start_keeper();
  ProcessSpec spec = shell("a", "");
  spec.argv = {"/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"};
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(lines_of("a"),
            (std::vector<std::string>{"SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"}));
}

// A signal to the program's whole group must not reach the guard; one to the terminal's not the program.
TEST_F(KeeperTest, ProgramGuardAndHostHaveProcessGroupsOfTheirOwn) {
  start_keeper();
  keeper().spawn(shell("a", "exec sleep 1000"));
  const auto started = await<ProcessStarted>("a");
  ASSERT_TRUE(started);
  const pid_t guard = parent_of(started->pid);
  EXPECT_EQ(::getpgid(started->pid), started->pid);
  EXPECT_EQ(::getpgid(guard), guard);
  EXPECT_EQ(::getsid(started->pid), keeper().pid());
}

}  // namespace
}  // namespace exo

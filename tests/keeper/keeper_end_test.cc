// Nothing of a fleet stays behind: not after a process, a stop, a host, a keeper or a guard has ended.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "services/keeper/file_lock.h"
#include "tests/keeper/keeper_fixture.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

// A program with descendants that try everything to get away: their own session, a dead parent, a stop, no
// care for SIGTERM. All have started when "ready" is said.
constexpr const char* kRunaways = R"(
    trap '' TERM HUP INT
    setsid sh -c 'trap "" TERM; echo $$ > session.pid; sleep 1000; sleep 1000' &
    (setsid sh -c 'trap "" TERM; (sleep 1000 & echo $! > orphan.pid); exit' &)
    sh -c 'echo $$ > stopped.pid; kill -STOP $$' &
    while [ ! -s session.pid ] || [ ! -s orphan.pid ] || [ ! -s stopped.pid ]; do sleep 0.01; done
    echo ready
)";

std::string runaways_and(const std::string& end) {
  return kRunaways + end;
}

constexpr StopTimes kAtOnce{.term_after = milliseconds(0), .kill_after = milliseconds(0)};
// Longer than a test waits: what ends in time has ended by itself.
constexpr StopTimes kPolitely{.term_after = milliseconds(0), .kill_after = std::chrono::hours(1)};

bool is_alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

// ---- the end of a program

TEST_F(KeeperTest, WhatAProgramLeavesBehindIsGoneWhenItsEndIsTold) {
  start_keeper();
  keeper().spawn(shell("a", runaways_and("exit 3")));
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::exited(3));
  EXPECT_EQ(marked(), std::vector<pid_t>{keeper().pid()});
}

TEST_F(KeeperTest, TheLockIsHeldWhileTheProgramLives) {
  start_keeper();
  ProcessSpec spec = shell("a", "exec sleep 1000");
  spec.lock_file = path("run.lock");
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessStarted>("a"));
  EXPECT_EQ(take_file_lock(path("run.lock")).error().code, "busy");
}

TEST_F(KeeperTest, TheLockIsFreeWhenTheEndIsTold) {
  start_keeper();
  ProcessSpec spec = shell("a", "exit 0");
  spec.lock_file = path("run.lock");
  for (int attempt = 0; attempt < 20; ++attempt) {
    spec.id = "a" + std::to_string(attempt);
    keeper().spawn(spec);
    ASSERT_TRUE(await<ProcessExited>(spec.id)) << "the lock of the attempt before is still held";
  }
}

// Looks at lock and descendant from outside: as long as the lock is not free, no claim; once it is, none may
// live.
TEST_F(KeeperTest, TheLockIsHeldUntilTheLastGrandchildIsGone) {
  start_keeper();
  ProcessSpec spec = shell("a", runaways_and("exit 0"));
  spec.lock_file = path("run.lock");
  keeper().spawn(spec);
  const pid_t orphan = pid_in("orphan.pid");
  ASSERT_TRUE(comes_true([this] { return take_file_lock(path("run.lock")).ok(); }));
  EXPECT_FALSE(is_alive(orphan));
}

// ---- stop

TEST_F(KeeperTest, StoppingAnUnknownProcessDoesNothing) {
  start_keeper();
  keeper().stop("nobody", kAtOnce);
  keeper().spawn(shell("a", "exit 0"));
  EXPECT_TRUE(await<ProcessExited>("a"));
  EXPECT_TRUE(seen<KeeperNotice>().empty());
}

TEST_F(KeeperTest, StopSendsSigterm) {
  start_keeper();
  keeper().spawn(shell("a", "trap 'exit 7' TERM; echo ready; while true; do sleep 0.01; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  keeper().stop("a", kPolitely);
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::exited(7));
}

TEST_F(KeeperTest, StopReachesTheWholeGroup) {
  start_keeper();
  keeper().spawn(shell("a",
                       "sh -c 'trap \"echo child was told; exit\" TERM; echo ready; while true; do sleep "
                       "0.01; done' & trap : TERM; wait; wait"));
  ASSERT_TRUE(await<OutputLine>("a"));
  keeper().stop("a", kPolitely);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_TRUE(has_said("a", "child was told"));
}

// As `/bin/sh -c COMMAND` does where the shell does not replace itself with the command.
TEST_F(KeeperTest, StopLetsTheGroupEndInItsOwnTimeAlthoughItsLeaderDiesAtOnce) {
  start_keeper();
  keeper().spawn(
      shell("a",
            "sh -c 'trap \"while ! [ -e may-end ]; do sleep 0.01; done; echo cleaned up; exit\" TERM; "
            "echo ready; while true; do sleep 0.01; done' & wait"));
  ASSERT_TRUE(await<OutputLine>("a"));
  const pid_t leader = seen<ProcessStarted>().front().pid;
  keeper().stop("a", kPolitely);
  ASSERT_TRUE(comes_true([&] { return !is_alive(leader); }));
  std::ofstream(path("may-end")).close();
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::signalled(SIGTERM));
  EXPECT_TRUE(has_said("a", "cleaned up"));
}

TEST_F(KeeperTest, StopWakesAStoppedProcess) {
  start_keeper();
  keeper().spawn(shell("a", "exec sleep 1000"));
  const auto started = await<ProcessStarted>("a");
  ASSERT_TRUE(started);
  ASSERT_EQ(::kill(started->pid, SIGSTOP), 0);
  keeper().stop("a", kPolitely);
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::signalled(SIGTERM));
}

TEST_F(KeeperTest, WhatIgnoresSigtermIsKilledAfterTheGrace) {
  start_keeper();
  keeper().spawn(shell("a", runaways_and("while true; do sleep 0.01; done")));
  ASSERT_TRUE(await<OutputLine>("a"));
  keeper().stop("a", {.term_after = milliseconds(0), .kill_after = milliseconds(50)});
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::signalled(SIGKILL));
  EXPECT_EQ(marked(), std::vector<pid_t>{keeper().pid()});
}

TEST_F(KeeperTest, AnImpatientSecondStopCounts) {
  start_keeper();
  keeper().spawn(shell("a", "trap '' TERM; echo ready; while true; do sleep 0.01; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  keeper().stop("a", kPolitely);
  keeper().stop("a", kAtOnce);
  EXPECT_TRUE(await<ProcessExited>("a"));
}

TEST_F(KeeperTest, APatientSecondStopDoesNotPutTheFirstOff) {
  start_keeper();
  keeper().spawn(shell("a", "trap '' TERM; echo ready; while true; do sleep 0.01; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  keeper().stop("a", {.term_after = milliseconds(0), .kill_after = milliseconds(50)});
  keeper().stop("a", kPolitely);
  EXPECT_TRUE(await<ProcessExited>("a"));
}

TEST_F(KeeperTest, StoppingEverythingWhenNothingRunsIsDoneAtOnce) {
  start_keeper();
  keeper().stop_all({{"nobody"}}, kPolitely);
  EXPECT_TRUE(await_any<AllStopped>());
}

// Each says when it was told to go; "last" is named by nobody.
TEST_F(KeeperTest, BatchesAreStoppedOneAfterAnother) {
  start_keeper();
  for (const char* id : {"last", "first", "second"}) {
    keeper().spawn(shell(id, "trap 'exit 0' TERM; echo ready; while true; do sleep 0.01; done"));
    ASSERT_TRUE(await<OutputLine>(id));
  }
  keeper().stop_all({{"first"}, {"second"}}, kPolitely);
  ASSERT_TRUE(await_any<AllStopped>());
  std::vector<std::string> order;
  for (const auto& exited : seen<ProcessExited>()) order.push_back(exited.id);
  EXPECT_EQ(order, (std::vector<std::string>{"first", "second", "last"}));
}

TEST_F(KeeperTest, NothingIsStartedWhileEverythingStops) {
  start_keeper();
  keeper().spawn(shell("a", "trap '' TERM; echo ready; while true; do sleep 0.01; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  keeper().stop_all({}, kPolitely);
  keeper().spawn(shell("b", "true"));
  const auto failed = await<ProcessFailedToStart>("b");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "stopping");
}

TEST_F(KeeperTest, AnImpatientSecondStopOfEverythingTakesTheFirstOnesPlace) {
  start_keeper();
  keeper().spawn(shell("a", "trap '' TERM; echo ready; while true; do sleep 0.01; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  keeper().stop_all({{"a"}}, kPolitely);
  keeper().stop_all({}, kAtOnce);
  EXPECT_TRUE(await_any<AllStopped>());
}

// ---- the end of the host

TEST_F(KeeperTest, AClientThatGoesLeavesNothing) {
  start_keeper();
  keeper().spawn(shell("a", runaways_and("exec sleep 1000")));
  ASSERT_TRUE(await<OutputLine>("a"));
  close_keeper();
  EXPECT_EQ(marked(), std::vector<pid_t>());
}

TEST_F(KeeperTest, ProcessesAreToldWhenTheHostIsGone) {
  auto options = this->options();
  options.end_grace = kPatience;
  start_keeper(options);
  keeper().spawn(
      shell("a", "trap 'echo told > told; exit' TERM; echo ready; while true; do sleep 0.01; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  close_keeper();
  EXPECT_EQ(contents("told"), "told\n");
}

TEST_F(KeeperTest, AClientThatGoesWaitsNoLongerThanTheGrace) {
  auto options = this->options();
  options.end_grace = milliseconds(50);
  start_keeper(options);
  keeper().spawn(shell("a", "trap '' TERM; echo ready; while true; do sleep 0.01; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  close_keeper();
  EXPECT_EQ(marked(), std::vector<pid_t>());
}

// A real host process: it starts a keeper and a fleet, then it is killed.
TEST_F(KeeperTest, AHostThatIsKilledLeavesNothing) {
  const pid_t host = ::fork();
  if (host == 0) {
    auto options = this->options();
    options.end_grace = milliseconds(50);
    start_keeper(options);
    keeper().spawn(shell("a", runaways_and("exec sleep 1000")));
    while (true) ::pause();
  }
  const pid_t orphan = pid_in("orphan.pid");
  ASSERT_TRUE(is_alive(orphan));
  ASSERT_EQ(::kill(host, SIGKILL), 0);
  ::waitpid(host, nullptr, 0);
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(KeeperTest, AHostThatIsKilledAtAnyMomentLeavesNothing) {
  for (int round = 0; round < 10; ++round) {
    const pid_t host = ::fork();
    if (host == 0) {
      auto options = this->options();
      options.end_grace = milliseconds(50);
      start_keeper(options);
      for (int i = 0;; ++i) {
        keeper().spawn(shell("a" + std::to_string(i), "setsid sleep 1000 & exec sleep 1000"));
        if (i == round) ::kill(::getpid(), SIGKILL);
      }
    }
    ::waitpid(host, nullptr, 0);
    ASSERT_TRUE(nothing_is_left()) << "round " << round;
  }
}

// ---- the end of the keeper

TEST_F(KeeperTest, AKeeperThatIsToldToEndEndsEverythingAndSaysSo) {
  start_keeper();
  keeper().spawn(shell("a", "exec sleep 1000"));
  ASSERT_TRUE(await<ProcessStarted>("a"));
  ASSERT_EQ(::kill(keeper().pid(), SIGTERM), 0);
  EXPECT_TRUE(await<ProcessExited>("a"));
  const auto lost = await_any<KeeperLost>();
  ASSERT_TRUE(lost);
  EXPECT_NE(lost->reason.find("exit code 0"), std::string::npos) << lost->reason;
}

TEST_F(KeeperTest, TheTerminalsSignalsDoNotEndTheKeeper) {
  start_keeper();
  for (const int signal : {SIGINT, SIGHUP, SIGPIPE, SIGQUIT, SIGTSTP}) ::kill(keeper().pid(), signal);
  keeper().spawn(shell("a", "exit 0"));
  EXPECT_TRUE(await<ProcessExited>("a"));
}

TEST_F(KeeperTest, AKeeperThatIsKilledLeavesNothing) {
  start_keeper();
  keeper().spawn(shell("a", runaways_and("exec sleep 1000")));
  ASSERT_TRUE(await<OutputLine>("a"));
  ASSERT_EQ(::kill(keeper().pid(), SIGKILL), 0);
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(KeeperTest, AKeeperThatIsKilledIsReportedOnce) {
  start_keeper();
  ASSERT_EQ(::kill(keeper().pid(), SIGKILL), 0);
  const auto lost = await_any<KeeperLost>();
  ASSERT_TRUE(lost);
  EXPECT_NE(lost->reason.find("SIGKILL"), std::string::npos) << lost->reason;
  EXPECT_TRUE(keeper().take_events().empty());
}

TEST_F(KeeperTest, RequestsAfterTheKeepersEndDoNothing) {
  start_keeper();
  ASSERT_EQ(::kill(keeper().pid(), SIGKILL), 0);
  ASSERT_TRUE(await_any<KeeperLost>());
  keeper().spawn(shell("a", "touch started"));
  keeper().stop_all({}, kAtOnce);
  close_keeper();
  EXPECT_FALSE(exists("started"));
}

// The guards hold keeper.lock too, so whoever gets it finds nothing of the old fleet alive.
TEST_F(KeeperTest, TheKeepersLockIsFreeOnlyWhenItsGuardsHaveEndedEverything) {
  start_keeper();
  keeper().spawn(shell("a", runaways_and("exec sleep 1000")));
  ASSERT_TRUE(await<OutputLine>("a"));
  ASSERT_EQ(::kill(keeper().pid(), SIGKILL), 0);
  ASSERT_TRUE(comes_true([this] { return take_file_lock(path("keeper.lock")).ok(); }));
  for (const char* file : {"session.pid", "orphan.pid", "stopped.pid"}) EXPECT_FALSE(is_alive(pid_in(file)));
}

// ---- the end of a guard

TEST_F(KeeperTest, AGuardThatIsKilledLeavesNothing) {
  start_keeper();
  keeper().spawn(shell("a", runaways_and("exec sleep 1000")));
  ASSERT_TRUE(await<OutputLine>("a"));
  ASSERT_EQ(::kill(parent_of(seen<ProcessStarted>().at(0).pid), SIGKILL), 0);
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::signalled(SIGKILL));
  EXPECT_EQ(marked(), std::vector<pid_t>{keeper().pid()});
}

TEST_F(KeeperTest, AGuardThatIsKilledIsNoticed) {
  start_keeper();
  keeper().spawn(shell("a", "exec sleep 1000"));
  const auto started = await<ProcessStarted>("a");
  ASSERT_TRUE(started);
  ASSERT_EQ(::kill(parent_of(started->pid), SIGKILL), 0);
  const auto notice = await_any<KeeperNotice>();
  ASSERT_TRUE(notice);
  EXPECT_NE(notice->text.find("\"a\""), std::string::npos) << notice->text;
}

TEST_F(KeeperTest, AGuardThatIsKilledTakesNoOtherProcessWithIt) {
  start_keeper();
  keeper().spawn(shell("a", "exec sleep 1000"));
  const auto started = await<ProcessStarted>("a");
  keeper().spawn(shell("b", "exec sleep 1000"));
  const auto other = await<ProcessStarted>("b");
  ASSERT_TRUE(started && other);
  ASSERT_EQ(::kill(parent_of(started->pid), SIGKILL), 0);
  ASSERT_TRUE(await<ProcessExited>("a"));
  EXPECT_TRUE(is_alive(other->pid));
}

TEST_F(KeeperTest, TheLockOutlivesAKilledGuardUntilItsOrphansAreGone) {
  start_keeper();
  ProcessSpec spec = shell("a", runaways_and("exec sleep 1000"));
  spec.lock_file = path("run.lock");
  keeper().spawn(spec);
  ASSERT_TRUE(await<OutputLine>("a"));
  ASSERT_EQ(::kill(parent_of(seen<ProcessStarted>().at(0).pid), SIGKILL), 0);
  ASSERT_TRUE(comes_true([this] { return take_file_lock(path("run.lock")).ok(); }));
  for (const char* file : {"session.pid", "orphan.pid", "stopped.pid"}) EXPECT_FALSE(is_alive(pid_in(file)));
}

// The keeper cannot act here, so this is the parent-death signal's work: it is for the case that both are
// killed.
TEST_F(KeeperTest, AProgramDiesWithItsGuardEvenWithoutTheKeeper) {
  start_keeper();
  keeper().spawn(shell("a", "exec sleep 1000"));
  const auto started = await<ProcessStarted>("a");
  ASSERT_TRUE(started);
  const pid_t guard = parent_of(started->pid);
  ASSERT_EQ(::kill(keeper().pid(), SIGSTOP), 0);
  ASSERT_EQ(::kill(guard, SIGKILL), 0);
  EXPECT_TRUE(comes_true([this] { return marked() == std::vector<pid_t>{keeper().pid()}; }));
  ASSERT_EQ(::kill(keeper().pid(), SIGCONT), 0);
}

// A guard that somebody stopped does nothing any more, so it is ended itself.
TEST_F(KeeperTest, AGuardThatDoesNotObeyIsEnded) {
  start_keeper();
  keeper().spawn(shell("a", runaways_and("exec sleep 1000")));
  ASSERT_TRUE(await<OutputLine>("a"));
  ASSERT_EQ(::kill(parent_of(seen<ProcessStarted>().at(0).pid), SIGSTOP), 0);
  keeper().stop("a", kAtOnce);
  EXPECT_TRUE(await<ProcessExited>("a"));
  EXPECT_EQ(marked(), std::vector<pid_t>{keeper().pid()});
}

TEST_F(KeeperTest, AProgramThatKillsItsWholeGroupEndsOnlyItself) {
  start_keeper();
  keeper().spawn(shell("a", "kill -9 0"));
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::signalled(SIGKILL));
  EXPECT_TRUE(seen<KeeperNotice>().empty());
}

}  // namespace
}  // namespace exo

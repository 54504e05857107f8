// A keeper that was told to outlive its host keeps the services for the next one.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "base/check.h"
#include "services/keeper/keeper_door.h"
#include "tests/keeper/keeper_fixture.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

constexpr StopTimes kAtOnce{.term_after = milliseconds(0), .kill_after = milliseconds(0)};

bool is_alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

class KeeperOutlivesTest : public KeeperTest {
 protected:
  // The end of the socket is all that a keeper sees of a host's end, however it ends.
  void host_dies() { close_keeper(); }

  ProcessSpec service(const std::string& id) const {
    ProcessSpec spec = shell(id, "echo up; exec sleep 1000");
    spec.note = "note of " + id + " \xFF";
    return spec;
  }

  // Started, and its process id.
  pid_t start_service(const std::string& id) {
    keeper().spawn(service(id));
    const auto started = await<ProcessStarted>(id);
    EXO_CHECK(started.has_value());
    return started->pid;
  }

  pid_t script_of(const std::string& id) {
    ProcessSpec spec = shell(id, "exec sleep 1000");
    spec.lock_file = path(id + ".lock");
    keeper().spawn(spec);
    const auto started = await<ProcessStarted>(id);
    EXO_CHECK(started.has_value());
    return started->pid;
  }

  // Of a pipe, under the name "the writing end". Gives the other one.
  UniqueFd hold_a_writing_end() {
    std::array<int, 2> ends{-1, -1};
    EXO_CHECK(::pipe(ends.data()) == 0);
    keeper().hold("the writing end", UniqueFd(ends[1]));
    return UniqueFd(ends[0]);
  }

  Result<std::vector<KeptProcess>> seen_from_outside() const { return KeeperClient::look(path("")); }
};

TEST_F(KeeperOutlivesTest, WhereNoKeeperRunsThereIsNothingToSee) {
  EXPECT_EQ(seen_from_outside().error().code, "absent");
}

TEST_F(KeeperOutlivesTest, OneThatWasNotToldToEndsWithItsHost) {
  start_keeper();
  start_service("a");
  host_dies();
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(KeeperOutlivesTest, OneThatIsToldOtherwiseAgainEndsWithItsHost) {
  start_keeper();
  keeper().outlive_host(true);
  start_service("a");
  keeper().outlive_host(false);
  host_dies();
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(KeeperOutlivesTest, AServiceIsThereForTheNextHost) {
  start_keeper();
  keeper().outlive_host(true);
  const pid_t pid = start_service("a");
  host_dies();
  start_keeper();
  const Inheritance inheritance = keeper().take_inheritance();
  ASSERT_EQ(inheritance.processes.size(), 1U);
  const KeptProcess expected{
      .id = "a", .role = "role-of-a", .pid = pid, .note = service("a").note, .said = false};
  EXPECT_EQ(inheritance.processes.front(), expected);
  EXPECT_TRUE(is_alive(pid));
}

TEST_F(KeeperOutlivesTest, TheNextHostIsToldOfItsEndAndItsOutput) {
  start_keeper();
  keeper().outlive_host(true);
  keeper().spawn(shell("a", "trap 'echo going; exit 7' TERM; echo up; while :; do sleep 0.02; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  host_dies();
  start_keeper();
  keeper().stop("a", {.term_after = milliseconds(0), .kill_after = std::chrono::hours(1)});
  const auto exited = await<ProcessExited>("a");
  ASSERT_TRUE(exited);
  EXPECT_EQ(exited->status, WaitStatus::exited(7));
  EXPECT_TRUE(has_said("a", "going"));
}

TEST_F(KeeperOutlivesTest, WhatItSaidBetweenTwoHostsIsNotAwaitedForEver) {
  start_keeper();
  keeper().outlive_host(true);
  ProcessSpec spec =
      shell("a", "while [ ! -e go ]; do sleep 0.02; done; echo now; echo $$ > said.pid; exec sleep 1000");
  spec.awaited_text = "now";
  keeper().spawn(spec);
  ASSERT_TRUE(await<ProcessStarted>("a"));
  host_dies();
  ASSERT_EQ(::close(::creat(path("go").c_str(), 0600)), 0);
  pid_in("said.pid");
  ASSERT_TRUE(comes_true([this] {
    const auto seen = seen_from_outside();
    return seen.ok() && seen.value().size() == 1 && seen.value().front().said;
  }));
  start_keeper();
  EXPECT_TRUE(keeper().take_inheritance().processes.at(0).said);
}

TEST_F(KeeperOutlivesTest, AScriptEndsWithItsHostAndItsLockIsFree) {
  start_keeper();
  keeper().outlive_host(true);
  const pid_t service = start_service("a");
  const pid_t script = script_of("s");
  host_dies();
  EXPECT_TRUE(comes_true([&] { return !is_alive(script); }));
  start_keeper();
  EXPECT_TRUE(is_alive(service));
  ProcessSpec again = shell("s2", "exec sleep 1000");
  again.lock_file = path("s.lock");
  EXPECT_TRUE(comes_true([&] {
    static int tries = 0;
    again.id = "s2-" + std::to_string(++tries);
    keeper().spawn(again);
    return await<ProcessStarted>(again.id).has_value();
  }));
}

TEST_F(KeeperOutlivesTest, WhatHasEndedBetweenTwoHostsIsNotInherited) {
  start_keeper();
  keeper().outlive_host(true);
  const pid_t stays = start_service("a");
  const pid_t goes = start_service("b");
  host_dies();
  ASSERT_EQ(::kill(goes, SIGKILL), 0);
  ASSERT_TRUE(comes_true([this] {
    const auto seen = seen_from_outside();
    return seen.ok() && seen.value().size() == 1;
  }));
  start_keeper();
  const Inheritance inheritance = keeper().take_inheritance();
  ASSERT_EQ(inheritance.processes.size(), 1U);
  EXPECT_EQ(inheritance.processes.front().pid, stays);
}

TEST_F(KeeperOutlivesTest, OneThatKeepsNothingEnds) {
  start_keeper();
  keeper().outlive_host(true);
  const pid_t pid = start_service("a");
  host_dies();
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  EXPECT_TRUE(nothing_is_left());
  const auto seen = seen_from_outside();
  ASSERT_FALSE(seen.ok());
  EXPECT_EQ(seen.error().code, "absent");
}

TEST_F(KeeperOutlivesTest, ADescriptorThatItHoldsComesToTheNextHost) {
  start_keeper();
  keeper().outlive_host(true);
  start_service("a");
  const UniqueFd read = hold_a_writing_end();
  host_dies();
  start_keeper();
  const Inheritance inheritance = keeper().take_inheritance();
  ASSERT_EQ(inheritance.descriptors.count("the writing end"), 1U);
  const UniqueFd& write = inheritance.descriptors.at("the writing end");
  ASSERT_EQ(::write(write.get(), "x", 1), 1);
  char byte = 0;
  ASSERT_EQ(::read(read.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
}

TEST_F(KeeperOutlivesTest, ADescriptorThatIsReleasedIsClosedAndNotThereForTheNextHost) {
  start_keeper();
  keeper().outlive_host(true);
  start_service("a");
  const UniqueFd read = hold_a_writing_end();
  keeper().release("the writing end");
  char byte = 0;
  EXPECT_EQ(::read(read.get(), &byte, 1), 0) << "whoever reads waits while somebody has the other end";
  host_dies();
  start_keeper();
  EXPECT_EQ(keeper().take_inheritance().descriptors.size(), 0U);
}

TEST_F(KeeperOutlivesTest, AHostThatEndsWithoutAWordHasTheServicesGoOn) {
  start_keeper();
  keeper().outlive_host(true);
  const pid_t pid = start_service("a");
  close_keeper();
  start_keeper();
  EXPECT_EQ(keeper().take_inheritance().processes.size(), 1U);
  close_keeper();  // one that has said nothing yet, as when it cannot start
  start_keeper();
  EXPECT_EQ(keeper().take_inheritance().processes.size(), 1U);
  EXPECT_TRUE(is_alive(pid));
}

TEST_F(KeeperOutlivesTest, OneThatStopsEverythingHasNoOtherHostComeInAndEnds) {
  start_keeper();
  keeper().outlive_host(true);
  keeper().spawn(shell("a", "trap '' TERM; echo up; while [ ! -e go ]; do sleep 0.02; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  keeper().stop_all({}, {.term_after = milliseconds(0), .kill_after = std::chrono::hours(1)});
  host_dies();
  auto impatient = options();
  impatient.lock_wait = milliseconds(0);
  const auto next = KeeperClient::attach(impatient);
  ASSERT_FALSE(next.ok());
  EXPECT_EQ(next.error().code, "busy") << next.error().message;
  EXPECT_NE(next.error().message.find("being stopped"), std::string::npos) << next.error().message;
  ASSERT_EQ(::close(::creat(path("go").c_str(), 0600)), 0);
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(KeeperOutlivesTest, ASecondHostIsRefusedWhileTheFirstIsThere) {
  start_keeper();
  keeper().outlive_host(true);
  start_service("a");
  auto impatient = options();
  impatient.lock_wait = milliseconds(0);
  const auto second = KeeperClient::start(impatient);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "busy") << second.error().message;
  EXPECT_NE(second.error().message.find("another host"), std::string::npos) << second.error().message;
}

TEST_F(KeeperOutlivesTest, OneThatEndsEverythingIsNotThereAnyMore) {
  start_keeper();
  keeper().spawn(shell("a", "trap '' TERM; echo up; while :; do sleep 0.02; done"));
  ASSERT_TRUE(await<OutputLine>("a"));
  const pid_t keeper_pid = keeper().pid();
  keeper().leave();
  EXPECT_TRUE(comes_true([&] { return !connect_to_keeper(path("")).ok(); }));
  EXPECT_TRUE(is_alive(keeper_pid)) << "it still waits for what it ends";
}

TEST_F(KeeperOutlivesTest, WhoOnlyLooksDisturbsNobody) {
  start_keeper();
  keeper().outlive_host(true);
  const pid_t pid = start_service("a");
  const auto seen = seen_from_outside();
  ASSERT_TRUE(seen.ok()) << seen.error().message;
  ASSERT_EQ(seen.value().size(), 1U);
  EXPECT_EQ(seen.value().front().pid, pid);
  EXPECT_TRUE(is_alive(start_service("b")));
}

TEST_F(KeeperOutlivesTest, WhoSaysNothingAtTheDoorHoldsUpNobody) {
  start_keeper();
  keeper().outlive_host(true);
  start_service("a");
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 20; ++i) {
    auto socket = connect_to_keeper(path(""));
    ASSERT_TRUE(socket.ok()) << socket.error().message;
    silent.push_back(std::move(socket).value());
  }
  EXPECT_TRUE(seen_from_outside().ok());
  host_dies();
  start_keeper();
  EXPECT_EQ(keeper().take_inheritance().processes.size(), 1U);
}

TEST_F(KeeperOutlivesTest, ItsSocketIsForItsUserAlone) {
  start_keeper();
  struct stat status {};
  ASSERT_EQ(::stat(path("keeper.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(KeeperOutlivesTest, TheHostThatComesToItMayEndEverything) {
  start_keeper();
  keeper().outlive_host(true);
  start_service("a");
  start_service("b");
  host_dies();
  start_keeper();
  keeper().stop_all({}, kAtOnce);
  EXPECT_TRUE(await_any<AllStopped>().has_value());
  close_keeper();
  EXPECT_TRUE(nothing_is_left());
  EXPECT_FALSE(exists("keeper.sock"));
}

}  // namespace
}  // namespace exo

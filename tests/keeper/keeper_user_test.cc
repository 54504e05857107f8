// Processes that run as another user than the keeper, with what can go wrong first. Only root may start them.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/keeper/keeper_fixture.h"

namespace exo {
namespace {

class KeeperUserTest : public KeeperTest {
 protected:
  // In a folder that everybody may enter; the test's own is closed.
  ProcessSpec as(const ProcessUser& user, const std::string& script) const {
    ProcessSpec spec = shell("a", script);
    spec.folder = "/";
    spec.user = user;
    return spec;
  }
  static ProcessUser nobody() {
    return {.name = "nobody", .credentials = find_user("nobody").value().credentials};
  }
  std::vector<std::string> said_by(const ProcessSpec& spec) {
    keeper().spawn(spec);
    EXPECT_TRUE(await<ProcessExited>("a"));
    return lines_of("a");
  }
};

// The same for root, to whom this number means nothing, and for others, who may become nobody.
TEST_F(KeeperUserTest, WhomTheKeeperMayNotBecomeFailsToStartAndIsNamed) {
  start_keeper();
  const ProcessUser odd{.name = "odd",
                        .credentials = {.uid = static_cast<uid_t>(-1), .gid = 0, .groups = {}}};
  keeper().spawn(as(odd, "true"));
  const auto failed = await<ProcessFailedToStart>("a");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "user");
  EXPECT_NE(failed->message.find("cannot become the user \"odd\" for role-of-a"), std::string::npos)
      << failed->message;
  EXPECT_NE(failed->message.find("start exo as root"), std::string::npos) << failed->message;
}

class KeeperOfRootTest : public KeeperUserTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may start a process as somebody else";
    start_keeper();
  }
};

TEST_F(KeeperOfRootTest, AFolderThatTheUserMayNotEnterFailsToStartAndNamesBoth) {
  ProcessSpec spec = as(nobody(), "true");
  spec.folder = path("");
  keeper().spawn(spec);
  const auto failed = await<ProcessFailedToStart>("a");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "folder");
  EXPECT_NE(failed->message.find(spec.folder + "\" as the user \"nobody\": Permission denied"),
            std::string::npos)
      << failed->message;
}

TEST_F(KeeperOfRootTest, AUserWithTooManyProcessesFailsToStartAndSaysWhichLimitItIs) {
  keeper().spawn(as(nobody(), "exec sleep 1000"));
  ASSERT_TRUE(await<ProcessStarted>("a"));
  ProcessSpec spec = as(nobody(), "true");
  spec.id = "b";
  spec.limits = {{RLIMIT_NPROC, 0}};
  keeper().spawn(spec);
  const auto failed = await<ProcessFailedToStart>("b");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->stage, "exec");
  EXPECT_NE(failed->message.find("limits.processes"), std::string::npos) << failed->message;
}

TEST_F(KeeperOfRootTest, AProcessHasTheUserItsGroupAndItsOtherGroups) {
  ProcessUser user = nobody();
  user.credentials.groups = {12'345, 65'534};
  const std::string uid = std::to_string(user.credentials.uid);
  const std::string gid = std::to_string(user.credentials.gid);
  EXPECT_EQ(said_by(as(user, "id -u; id -ru; id -g; id -rg; grep ^Groups: /proc/self/status")),
            (std::vector<std::string>{uid, uid, gid, gid, "Groups:\t12345 65534 "}));
}

TEST_F(KeeperOfRootTest, AProcessKeepsNoRightOfRoot) {
  EXPECT_EQ(said_by(as(nobody(),
                       "grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status | cut -f2 | sort -u; "
                       "test -r /etc/shadow || echo closed")),
            (std::vector<std::string>{"0000000000000000", "closed"}));
}

TEST_F(KeeperOfRootTest, AProcessMayOpenItsOutputByName) {
  EXPECT_EQ(said_by(as(nobody(), "echo one >/dev/stdout; echo two >/dev/stderr")).size(), 2U);
}

// Set while it may still be raised.
TEST_F(KeeperOfRootTest, AProcessHasItsLimitsAsAnotherUserToo) {
  rlimit own{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &own), 0);
  ProcessSpec spec = as(nobody(), "ulimit -Hn");
  spec.limits = {{RLIMIT_NOFILE, own.rlim_max - 1}};
  EXPECT_EQ(said_by(spec), std::vector<std::string>{std::to_string(own.rlim_max - 1)});
}

// A change of user clears it.
TEST_F(KeeperOfRootTest, AProcessDiesWithItsGuardAsAnotherUserToo) {
  EXPECT_EQ(said_by(as(nobody(),
                       "exec python3 -c 'import ctypes; signal = ctypes.c_int(); "
                       "ctypes.CDLL(None).prctl(2, ctypes.byref(signal)); print(signal.value)'")),
            std::vector<std::string>{std::to_string(SIGKILL)});
}

TEST_F(KeeperOfRootTest, AProcessOfAnotherUserIsEndedWithAllBelowIt) {
  keeper().spawn(as(nobody(), "setsid sleep 1000 & exec sleep 1000"));
  ASSERT_TRUE(await<ProcessStarted>("a"));
  close_keeper();
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
}  // namespace exo

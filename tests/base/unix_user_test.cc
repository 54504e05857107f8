#include "base/unix_user.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace exo {
namespace {

constexpr uid_t kNoNumber = static_cast<uid_t>(-1);  // "leave it as it is" to the system calls

TEST(UnixUser, WhoIsNotThereIsAbsentAndNamed) {
  const auto user = find_user("no-such-user");
  ASSERT_FALSE(user.ok());
  EXPECT_EQ(user.error().code, "absent");
  EXPECT_NE(user.error().message.find("\"no-such-user\""), std::string::npos) << user.error().message;
}

TEST(UnixUser, ANumberWithoutAUserIsAbsentToo) {
  for (const char* number : {"4000000000", "4294967295", "4294967296", "-1", "+0", "0x0", " 0", ""})
    EXPECT_FALSE(find_user(number).ok()) << number;
}

TEST(UnixUser, IsFoundByNameAndByNumber) {
  for (const char* word : {"root", "0"}) {
    const auto user = find_user(word);
    ASSERT_TRUE(user.ok()) << word;
    EXPECT_EQ(user.value().name, "root");
    EXPECT_EQ(user.value().credentials.uid, 0U);
    EXPECT_EQ(user.value().home, "/root");
  }
}

TEST(UnixUser, HasItsPrimaryGroupAmongItsGroups) {
  const Credentials nobody = find_user("nobody").value().credentials;
  EXPECT_TRUE(std::binary_search(nobody.groups.begin(), nobody.groups.end(), nobody.gid));
}

TEST(UnixUser, IsListed) {
  const auto names = user_names();
  EXPECT_NE(std::find(names.begin(), names.end(), "nobody"), names.end());
}

TEST(UnixUser, IsNamedByItsNumberWhereItHasNoName) {
  EXPECT_EQ(user_name(0), "root");
  EXPECT_EQ(user_name(4'000'000'000), "uid 4000000000");
}

// Whoever was root must not go on as root, because a number meant nothing.
TEST(UnixUser, NobodyBecomesANumberThatMeansToStay) {
  for (const Credentials& odd : {Credentials{.uid = kNoNumber, .gid = 0, .groups = {}},
                                 Credentials{.uid = 0, .gid = kNoNumber, .groups = {}}}) {
    errno = 0;
    EXPECT_FALSE(become(odd));
    EXPECT_EQ(errno, EINVAL);
  }
}

TEST(UnixUser, IsBecomeForGood) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may become somebody else";
  const Credentials nobody = find_user("nobody").value().credentials;
  const pid_t child = ::fork();
  if (child == 0) {
    const bool is_nobody = become(nobody) && ::geteuid() == nobody.uid && ::getegid() == nobody.gid;
    const bool stays = ::setuid(0) != 0 && ::setgid(0) != 0;
    ::_exit(is_nobody && stays ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace exo

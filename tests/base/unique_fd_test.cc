#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace exo {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

int open_something() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST(UniqueFd, IsEmptyAtFirst) {
  const UniqueFd fd;
  EXPECT_FALSE(static_cast<bool>(fd));
  EXPECT_EQ(fd.get(), -1);
}

TEST(UniqueFd, ClosesAtItsEnd) {
  const int raw = open_something();
  { const UniqueFd fd(raw); }
  EXPECT_FALSE(is_open(raw));
}

TEST(UniqueFd, ClosesWhatItHeldWhenItTakesAnother) {
  const int first = open_something();
  const int second = open_something();
  UniqueFd fd(first);
  fd.reset(second);
  EXPECT_FALSE(is_open(first));
  EXPECT_TRUE(is_open(second));
}

TEST(UniqueFd, MovesWithoutClosing) {
  const int raw = open_something();
  UniqueFd from(raw);
  UniqueFd to(std::move(from));
  EXPECT_TRUE(is_open(raw));
  EXPECT_EQ(to.get(), raw);
  UniqueFd assigned;
  assigned = std::move(to);
  EXPECT_EQ(assigned.get(), raw);
  EXPECT_TRUE(is_open(raw));
}

TEST(UniqueFd, GivesUpWhatItReleases) {
  const int raw = open_something();
  UniqueFd fd(raw);
  EXPECT_EQ(fd.release(), raw);
  EXPECT_FALSE(static_cast<bool>(fd));
  EXPECT_TRUE(is_open(raw));
  fd.reset(raw);
}

}  // namespace
}  // namespace exo

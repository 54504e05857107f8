#include "services/artifacts/work_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/artifacts/git_folder.h"

namespace exo {
namespace {

using testing_support::names_below;
using testing_support::TestFolder;

TEST(WorkFolderTest, IsGoneWithItsOwnerWithFoldersThatNobodyMayWrite) {
  const TestFolder parent;
  {
    const auto work = WorkFolder::begin(parent.path());
    ASSERT_TRUE(work.ok());
    std::filesystem::create_directories(work.value().path() / "a" / "b");
    ASSERT_EQ(::chmod((work.value().path() / "a").c_str(), 0500), 0);
  }
  EXPECT_TRUE(std::filesystem::is_empty(parent.path()));
}

TEST(WorkFolderTest, TwoAtOnceLeaveEachOtherAlone) {
  const TestFolder parent;
  const auto one = WorkFolder::begin(parent.path());
  const auto other = WorkFolder::begin(parent.path());
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(names_below(parent.path()).size(), 2U);
}

TEST(WorkFolderTest, WhatAKilledMakerLeftIsRemovedByTheNext) {
  const TestFolder parent;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto work = WorkFolder::begin(parent.path());
    if (work.ok()) std::filesystem::create_directory(work.value().path() / "half");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(names_below(parent.path()).size(), 2U);
  const auto work = WorkFolder::begin(parent.path());
  ASSERT_TRUE(work.ok());
  EXPECT_EQ(names_below(parent.path()).size(), 1U);
}

}  // namespace
}  // namespace exo

#include "services/artifacts/artifact_path.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

TEST(ArtifactPathTest, WhatIsNoNameOfAFileIsRefused) {
  for (const char* path : {"", "service", "/service/a", "service/", "service//a", "service/../a",
                           "service/./a", "other/a", "service/a\nb", "service/\x7f", "service/\xff"}) {
    EXPECT_NE(fault_of_artifact_path(path), "") << path;
  }
  EXPECT_NE(fault_of_artifact_path("service/" + std::string(kMaxArtifactPathBytes, 'a')), "");
}

TEST(ArtifactPathTest, NamesOfFilesAreTaken) {
  for (const char* path : {"service/a", "service/.env", "service/a b/ü.js",
                           "deployment-scripts/todo-0.0.1.js", "service/...", "service/a..b"}) {
    EXPECT_EQ(fault_of_artifact_path(path), "") << path;
  }
}

TEST(ArtifactPathTest, LinksThatLeadOutsideAreRefused) {
  EXPECT_NE(fault_of_link("service/a", "/etc/passwd"), "");
  EXPECT_NE(fault_of_link("service/a", "../deployment-scripts/x"), "");
  EXPECT_NE(fault_of_link("service/a/b", "../../x"), "");
  EXPECT_NE(fault_of_link("service/a", ""), "");
  EXPECT_NE(fault_of_link("service/a", "b\nc"), "");
}

// `b` may be a link to a folder that lies less deep, and ".." behind it leads further up than the text shows.
TEST(ArtifactPathTest, LinksThatGoUpBehindANameAreRefused) {
  EXPECT_NE(fault_of_link("service/a/x", "b/../../c"), "");
  EXPECT_NE(fault_of_link("service/a/x", "b/.."), "");
}

TEST(ArtifactPathTest, LinksWithinTheFolderAreTaken) {
  EXPECT_EQ(fault_of_link("service/node_modules/.bin/semver", "../semver/bin/semver.js"), "");
  EXPECT_EQ(fault_of_link("service/a/b", "../x"), "");
  EXPECT_EQ(fault_of_link("service/a", "./b"), "");
}

}  // namespace
}  // namespace exo

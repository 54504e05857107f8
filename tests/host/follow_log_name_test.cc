// The names of the files of followed commands.
#include "host/follow_log_name.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

const FollowLogName kName{.run = "todo-search-0.0.1-beta.3-offline-1", .follow = 17, .epoch = 3};

TEST(FollowLogName, ItNamesRunFollowAndEpoch) {
  EXPECT_EQ(to_file_name({kName}), "todo-search-0.0.1-beta.3-offline-1.17.3.follow");
  EXPECT_EQ(to_file_name({kName, /*is_finished=*/false}),
            "todo-search-0.0.1-beta.3-offline-1.17.3.follow.new");
}

TEST(FollowLogName, ItIsReadAgain) {
  for (const bool is_finished : {true, false}) {
    const auto parsed = parse_follow_log_name(to_file_name({kName, is_finished}));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->name, kName);
    EXPECT_EQ(parsed->is_finished, is_finished);
  }
}

TEST(FollowLogName, OneOfAnOlderVersionIsOfNoFollowAndNoEpoch) {
  for (const char* name : {"todo-1.0.0-offline-1.follow", "todo-1.0.0-offline-1.follow.new"}) {
    const auto parsed = parse_follow_log_name(name);
    ASSERT_TRUE(parsed.has_value()) << name;
    EXPECT_EQ(parsed->name, (FollowLogName{.run = "todo-1.0.0-offline-1"})) << name;
    EXPECT_EQ(to_file_name(*parsed), name);
  }
}

TEST(FollowLogName, OtherFilesAreNone) {
  for (const char* name : {"", ".follow", ".follow.new", "a.lock", "todo-1.0.0-offline-1.17.3", "follow"}) {
    EXPECT_FALSE(parse_follow_log_name(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace exo

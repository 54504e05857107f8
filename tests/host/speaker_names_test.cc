#include "host/speaker_names.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

const VersionKey kWeb{"web", "0.0.1"};
const VersionKey kOldSearch{"todo-search", "0.0.1"};
const VersionKey kNewSearch{"todo-search", "0.0.2"};

TEST(SpeakerNames, are_roles_where_each_has_one_version) {
  const SpeakerNames names({kWeb, kOldSearch});
  EXPECT_EQ(names.of(kWeb), "web");
  EXPECT_EQ(names.of(kOldSearch), "todo-search");
}

TEST(SpeakerNames, name_the_version_where_a_role_has_several) {
  const SpeakerNames names({kWeb, kOldSearch, kNewSearch});
  EXPECT_EQ(names.of(kWeb), "web");
  EXPECT_EQ(names.of(kOldSearch), "todo-search@0.0.1");
  EXPECT_EQ(names.of(kNewSearch), "todo-search@0.0.2");
}

TEST(SpeakerNames, are_not_made_longer_by_a_version_that_is_named_twice) {
  EXPECT_EQ(SpeakerNames({kWeb, kWeb}).of(kWeb), "web");
}

TEST(SpeakerNames, need_room_for_the_longest) {
  EXPECT_EQ(SpeakerNames({kWeb, kOldSearch}).width(), std::string("todo-search").size());
  EXPECT_EQ(SpeakerNames({kWeb, kOldSearch, kNewSearch}).width(), std::string("todo-search@0.0.2").size());
  EXPECT_EQ(SpeakerNames({}).width(), 0U);
}

TEST(SpeakerNames, are_roles_where_nothing_is_known) {
  EXPECT_EQ(SpeakerNames({}).of(kWeb), "web");
}

}  // namespace
}  // namespace exo

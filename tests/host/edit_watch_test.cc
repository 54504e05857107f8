#include "host/edit_watch.h"

#include <gtest/gtest.h>

#include "tests/services/application_folder.h"

namespace exo {
namespace {

using testing_support::ApplicationFolder;
using testing_support::kPlainService;
using Names = std::vector<std::string>;

class EditWatchTest : public ::testing::Test {
 protected:
  EditWatchTest() {
    folder_.with("application.yml",
                 "name: shop\nservices: {web: {location: ./web}, todo: {location: ./todo}}\n");
    for (const std::string role : {"web", "todo"}) folder_.with(role + "/service.yml", kPlainService);
    folder_.with("web/server.js", "1").with("web/lib/a.js", "2").with("todo/server.js", "3");
    auto started = EditWatch::start(*load_application(folder_.path()).application);
    EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().message);
    if (started.ok()) watch_.emplace(std::move(started).value());
  }

  // Those that are over when all is quiet.
  std::vector<VersionEdit> edits() {
    watch_->take(now_);
    now_ += Edits::kQuiet;
    auto found = watch_->edits(now_);
    EXPECT_TRUE(found.ok());
    return found.ok() ? std::move(found).value() : std::vector<VersionEdit>();
  }

  ApplicationFolder folder_;
  std::optional<EditWatch> watch_;
  MonotonicTime now_{std::chrono::hours(1)};
};

TEST_F(EditWatchTest, TellsNothingBeforeAnythingIsEdited) {
  EXPECT_TRUE(edits().empty());
  EXPECT_FALSE(watch_->wake_at().has_value());
}

TEST_F(EditWatchTest, TellsNothingBeforeAnEditIsOver) {
  folder_.with("web/server.js", "changed");
  watch_->take(now_);
  EXPECT_EQ(watch_->wake_at(), now_ + Edits::kQuiet);
  EXPECT_TRUE(watch_->edits(now_).value().empty());
}

TEST_F(EditWatchTest, TellsOnceWhatWasEditedOfWhichVersion) {
  folder_.with("web/server.js", "changed").with("web/lib/new.js", "");
  const auto found = edits();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(to_text(found[0].version), "web@0.0.1");
  EXPECT_EQ(found[0].files, (Names{"lib/new.js", "server.js"}));
  EXPECT_EQ(found[0].settled, Names());
  EXPECT_TRUE(edits().empty());
}

TEST_F(EditWatchTest, HearsOfWhatIsInANewFolder) {
  folder_.with("web/new/deep/a.js", "1");
  EXPECT_EQ(edits().size(), 1U);
  folder_.with("web/new/deep/a.js", "2");
  const auto found = edits();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].files, Names{"new/deep/a.js"});
}

TEST_F(EditWatchTest, WhatIsReadWhenTheHostBeginsIsToldApart) {
  folder_.with("todo/service.yml", std::string(kPlainService) + "# changed\n");
  folder_.with("application.yml", "name: shop\nservices: {web: {location: ./web}}\n");
  const auto found = edits();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].settled, Names{"application.yml"});
  EXPECT_EQ(found[0].files, Names());
  EXPECT_EQ(found[1].settled, Names{"todo/service.yml"});
  EXPECT_EQ(found[1].files, Names());
}

TEST(DescribeEdit, NamesSomeFilesAndCountsTheOthers) {
  EXPECT_EQ(describe({.version = {"web", "0.0.1"}, .files = {"a.js"}}),
            "web@0.0.1: a.js has changed; it is started again");
  EXPECT_EQ(describe({.version = {"web", "0.0.1"}, .files = {"a", "b", "c", "d", "e"}}),
            "web@0.0.1: a, b, c and 2 more have changed; it is started again");
}

}  // namespace
}  // namespace exo

#include "host/edit_watch.h"

#include <gtest/gtest.h>

#include "tests/services/application_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
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
    EditLook found = look();
    for (const Error& fault : found.faults) ADD_FAILURE() << fault.message;
    return std::move(found.edits);
  }
  EditLook look() {
    watch_->take(now_);
    now_ += Edits::kQuiet;
    return watch_->edits(now_);
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
  EXPECT_TRUE(watch_->edits(now_).edits.empty());
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

TEST_F(EditWatchTest, ScriptsAreToldApart) {
  folder_.with("deployment-scripts/web-0.0.1.js", "1").with("deployment-scripts/_shared.js", "1");
  watch_.emplace(std::move(EditWatch::start(*load_application(folder_.path()).application)).value());
  folder_.with("deployment-scripts/web-0.0.1.js", "2").with("deployment-scripts/web-0.0.1.yml", "");
  const EditLook found = look();
  EXPECT_EQ(found.scripts, (Names{"web-0.0.1.js", "web-0.0.1.yml"}));
  EXPECT_TRUE(found.edits.empty());
  EXPECT_TRUE(look().scripts.empty());
}

// Git cannot tell the files of a folder with this in it.
constexpr const char* kNoGitFile = "/.git";

TEST_F(EditWatchTest, AFaultHidesNoEditAndAnotherHidesNoFault) {
  for (const std::string role : {"web", "todo"})
    folder_.with(role + kNoGitFile, "no git file").with(role + "/new.js", "");
  folder_.with("application.yml", "name: shop\nservices: {web: {location: ./web}}\n");
  const EditLook found = look();
  ASSERT_EQ(found.edits.size(), 1U);
  EXPECT_EQ(found.edits[0].settled, Names{"application.yml"});
  ASSERT_EQ(found.faults.size(), 2U);
  EXPECT_NE(found.faults[0].message.find("/web: "), std::string::npos) << found.faults[0].message;
  EXPECT_NE(found.faults[1].message.find("/todo: "), std::string::npos) << found.faults[1].message;
}

class NestedEditWatchTest : public EditWatchTest {
 protected:
  NestedEditWatchTest() {
    const std::string location = "services/public/web";
    folder_.with("application.yml", "name: shop\nservices: {web: {location: ./" + location + "}}\n");
    folder_.with(location + "/service.yml", kPlainService).with(location + "/server.js", "1");
    watch_.emplace(std::move(EditWatch::start(*load_application(folder_.path()).application)).value());
  }

  // As git does that checks another branch out, and this one again.
  void remove(const std::string& name) { fs::remove_all(fs::path(folder_.path()) / name); }
  void make_again(const std::string& server) {
    folder_.with("services/public/web/service.yml", kPlainService)
        .with("services/public/web/server.js", server);
  }
  void rename(const std::string& from, const std::string& to) {
    fs::rename(fs::path(folder_.path()) / from, fs::path(folder_.path()) / to);
  }
  // The files of web that were edited.
  Names edited() {
    Names names;
    for (const VersionEdit& edit : look().edits)
      names.insert(names.end(), edit.files.begin(), edit.files.end());
    return names;
  }
  void expect_it_hears_of_the_next_edit() {
    folder_.with("services/public/web/server.js", "the next");
    EXPECT_EQ(edited(), Names{"server.js"});
  }
};

TEST_F(NestedEditWatchTest, HearsOfAFolderThatIsMadeAgain) {
  remove("services/public/web");
  edited();
  make_again("2");
  EXPECT_EQ(edited(), Names{"server.js"});
  expect_it_hears_of_the_next_edit();
}

TEST_F(NestedEditWatchTest, HearsOfAFolderThatIsMadeAgainWithThoseAboveIt) {
  remove("services");
  edited();
  make_again("2");
  EXPECT_EQ(edited(), Names{"server.js"});
  expect_it_hears_of_the_next_edit();
}

TEST_F(NestedEditWatchTest, HearsOfAFolderThatComesBackStepByStep) {
  remove("services");
  edited();
  folder_.with("services/", "");
  edited();
  folder_.with("services/public/", "");
  edited();
  make_again("2");
  EXPECT_EQ(edited(), Names{"server.js"});
  expect_it_hears_of_the_next_edit();
}

TEST_F(NestedEditWatchTest, HearsOfAFolderThatReplacesIt) {
  folder_.with("web.new/service.yml", kPlainService).with("web.new/server.js", "2");
  rename("services/public/web", "web.old");
  rename("web.new", "services/public/web");
  EXPECT_EQ(edited(), Names{"server.js"});
  folder_.with("web.old/server.js", "of nobody");
  EXPECT_EQ(edited(), Names());
  expect_it_hears_of_the_next_edit();
}

TEST_F(NestedEditWatchTest, HearsOfAFolderThatReplacesTheOneAboveIt) {
  folder_.with("new/public/web/service.yml", kPlainService).with("new/public/web/server.js", "2");
  rename("services", "old");
  rename("new", "services");
  EXPECT_EQ(edited(), Names{"server.js"});
  expect_it_hears_of_the_next_edit();
}

TEST(DescribeEdit, NamesSomeFilesAndCountsTheOthers) {
  EXPECT_EQ(describe({.version = {"web", "0.0.1"}, .files = {"a.js"}}),
            "web@0.0.1: a.js has changed; it is started again");
  EXPECT_EQ(describe({.version = {"web", "0.0.1"}, .files = {"a", "b", "c", "d", "e"}}),
            "web@0.0.1: a, b, c and 2 more have changed; it is started again");
}

}  // namespace
}  // namespace exo

#include "base/content_digest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/process_output.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

TEST(TextDigest, IsNotFooledByLineEndings) {
  EXPECT_EQ(text_digest("a\r\nb\r\n"), text_digest("a\nb\n"));
  EXPECT_NE(text_digest("a\rb"), text_digest("a\nb"));
  EXPECT_NE(text_digest("a\n\n"), text_digest("a\n"));
  EXPECT_NE(text_digest("a\r\r\n"), text_digest("a\r\n"));
}

TEST(TextDigest, IsThePlainOneOfATextWithPlainLineEndings) {
  EXPECT_EQ(text_digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(text_digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(TextDigest, LeavesWhatIsNoTextAsItIs) {
  using namespace std::string_literals;
  EXPECT_NE(text_digest("\0a\r\n"s), text_digest("\0a\n"s));
}

class ContentDigestTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "exo-digest-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  std::string digest() const { return content_digest(folder_).value(); }
  ContentDigests sources() const { return source_digests(folder_).value(); }
  std::string of_git() const { return sources().at(kDigestOfGitFiles); }

  void git(const std::string& verb, const std::string& argument) const {
    const auto ran =
        process_output({"git", "-C", folder_.string(), verb, argument}, std::chrono::seconds(60));
    ASSERT_TRUE(ran.ok() && ran.value().status.success())
        << (ran.ok() ? ran.value().text : ran.error().message);
  }

  fs::path folder_;
};

TEST_F(ContentDigestTest, OfAFolderIsOfItsNamesAndContent) {
  write("service.yml", "run: a\r\n");
  write("lib/migrate.js", "one\n");
  const std::string before = digest();
  write("service.yml", "run: a\n");
  write("node_modules/dependency.js", "large");
  write(".cache", "of this machine");
  EXPECT_EQ(digest(), before);
  fs::rename(folder_ / "lib/migrate.js", folder_ / "lib/move.js");
  EXPECT_NE(digest(), before);
}

TEST_F(ContentDigestTest, OfALinkIsOfWhereItLeads) {
  write("service.yml", "");
  fs::create_symlink("/nowhere", folder_ / "link");
  const std::string before = digest();
  fs::remove(folder_ / "link");
  fs::create_symlink("/elsewhere", folder_ / "link");
  EXPECT_NE(digest(), before);
}

TEST_F(ContentDigestTest, IsNoneOfWhatIsNotThere) {
  const auto digest = content_digest(folder_ / "absent.js");
  ASSERT_FALSE(digest.ok());
  EXPECT_EQ(digest.error().code, "not-found");
}

TEST_F(ContentDigestTest, OfSourcesOutsideAWorkTreeIsOfAllFiles) {
  write("server.js", "one");
  EXPECT_EQ(sources(), (ContentDigests{{kDigestOfFiles, digest()}}));
}

TEST_F(ContentDigestTest, OfSourcesInAWorkTreeLeavesOutWhatGitIgnores) {
  write("server.js", "one");
  write("umlaut-\xc3\xa4 and space.js", "one");
  write(".gitignore", "*.log\n");
  git("init", "--quiet");
  const std::string before = of_git();
  write("service.log", "what happened");
  EXPECT_EQ(of_git(), before);
  write("new.js", "not added yet");
  EXPECT_NE(of_git(), before);
}

TEST_F(ContentDigestTest, OfSourcesIsGitsWhereWhatItIgnoresIsTooMuchToRead) {
  write("server.js", "one");
  write("data.bin", "");
  fs::resize_file(folder_ / "data.bin", kMaxDigestedFileBytes + 1);
  EXPECT_EQ(source_digests(folder_).error().code, "too-large");
  write(".gitignore", "*.bin\n");
  git("init", "--quiet");
  EXPECT_EQ(sources().size(), 1u);
  EXPECT_NE(of_git(), "");
}

TEST_F(ContentDigestTest, OfSourcesIsTheSameBeforeAndAfterTheyAreAdded) {
  write("server.js", "one");
  git("init", "--quiet");
  const std::string before = of_git();
  git("add", "server.js");
  EXPECT_EQ(of_git(), before);
  fs::remove(folder_ / "server.js");  // tracked, and gone
  write("other.js", "two");
  EXPECT_NE(of_git(), before);
}

TEST(AlgorithmToCompare, IsThatOfGitWhereBothHaveItElseThatOfAllFiles) {
  const ContentDigests all{{kDigestOfFiles, "a"}};
  const ContentDigests both{{kDigestOfFiles, "a"}, {kDigestOfGitFiles, "b"}};
  ContentDigests packed = both;
  packed[kDigestOfArtifact] = "3";
  EXPECT_EQ(algorithm_to_compare(packed, packed), kDigestOfArtifact);
  EXPECT_EQ(algorithm_to_compare(packed, both), kDigestOfGitFiles);
  EXPECT_EQ(algorithm_to_compare(both, both), kDigestOfGitFiles);
  EXPECT_EQ(algorithm_to_compare(both, all), kDigestOfFiles);
  EXPECT_EQ(algorithm_to_compare(all, both), kDigestOfFiles);
  EXPECT_EQ(algorithm_to_compare(both, {}), "");
}

}  // namespace
}  // namespace exo

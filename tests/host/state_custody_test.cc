#include "host/state_custody.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/unix_user.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using testing_support::ApplicationFolder;

// A state as a run has left it, and what is found in it.
class StateCustodyTest : public testing::Test {
 protected:
  StateCustodyTest() : state_(StateFolder::of(folder_.path(), "local").value()) {
    EXO_CHECK(state_.create().ok() && state_.create_key().ok());
    for (const char* file : {"ledger.db", "logs/web-0.0.1.log", "runs/web.lock", "python-cache/web.pyc"})
      std::ofstream(state_.path() / file) << "content";
  }
  fs::path at(const std::string& name) const { return state_.path() / name; }
  std::vector<CustodyGap> gaps(uid_t own = ::geteuid()) const { return find_custody_gaps(state_, own); }
  std::vector<std::string> places() const {
    std::vector<std::string> files;
    for (const CustodyGap& gap : gaps()) files.push_back(gap.place.file);
    return files;
  }

  ApplicationFolder folder_;
  StateFolder state_;
};

using Places = std::vector<std::string>;

TEST_F(StateCustodyTest, FindsNothingInWhatExoHasMade) {
  EXPECT_EQ(places(), Places());
}

TEST_F(StateCustodyTest, FindsNothingWhereNothingIsYet) {
  fs::remove_all(state_.path().parent_path());
  EXPECT_EQ(places(), Places());
}

// The same as root finds after an earlier run of somebody else.
TEST_F(StateCustodyTest, NamesTheOwnerAndWhatToTypeOnce) {
  const auto found = gaps(::geteuid() + 1);
  ASSERT_EQ(found.size(), 1U);
  const std::string own = user_name(::geteuid() + 1);
  const std::string exo = folder_.path() + "/.exo";
  EXPECT_EQ(found[0].place.file, ".exo");
  EXPECT_EQ(found[0].meaning,
            "belongs to " + user_name(::geteuid()) + ", and exo is run by " + own +
                ": its owner may know the key, and change what exo believes and writes there");
  EXPECT_EQ(found[0].mend, "type: chown -R " + own + ": " + exo + " && rm -rf " + exo + "/local/key " + exo +
                               "/local/python-cache; or, to begin anew, move " + exo + " away");
}

TEST_F(StateCustodyTest, NamesEachThatOthersMayWriteAndWhatToType) {
  for (const char* name : {"", "key", "ledger.db", "logs", "logs/web-0.0.1.log", "runs/web.lock", "tokens",
                           "data", "python-cache/web.pyc"}) {
    const fs::path path = *name == '\0' ? state_.path() : at(name);
    const auto before = fs::status(path).permissions();
    for (const fs::perms others : {fs::perms::group_write, fs::perms::others_write}) {
      fs::permissions(path, before | others);
      const auto found = gaps();
      ASSERT_EQ(found.size(), 1U) << path;
      EXPECT_EQ(found[0].place.file, path.lexically_relative(folder_.path()).string());
      EXPECT_EQ(found[0].mend, "type: chmod go-w " + path.string());
    }
    fs::permissions(path, before);
  }
}

TEST_F(StateCustodyTest, LooksThroughALinkToAStateElsewhere) {
  ApplicationFolder elsewhere;
  fs::rename(state_.path(), elsewhere.path() + "/local");
  fs::create_symlink(elsewhere.path() + "/local", state_.path());
  EXPECT_EQ(places(), Places());
  fs::permissions(elsewhere.path() + "/local", static_cast<fs::perms>(0777));
  EXPECT_EQ(places(), Places{".exo/local"});
}

class StateCustodyOfRootTest : public StateCustodyTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may change the owner of files";
    games_ = find_user("games").value().credentials.uid;
  }
  void give(const fs::path& path) const { ASSERT_EQ(::lchown(path.c_str(), games_, games_), 0) << path; }
  uid_t games_ = 0;
};

TEST_F(StateCustodyOfRootTest, FindsWhateverElseIsSomebodyElses) {
  for (const char* name : {"key", "logs", "logs/web-0.0.1.log", "runs/web.lock", "tokens", "data",
                           "python-cache/web.pyc", "ledger.db"}) {
    give(at(name));
    EXPECT_EQ(places(), Places{".exo/local/" + std::string(name)});
    ASSERT_EQ(::lchown(at(name).c_str(), 0, 0), 0);
  }
}

TEST_F(StateCustodyOfRootTest, FindsALinkThatSomebodyElseHasLeft) {
  fs::create_symlink("/dev/null", at("logs/todo-0.0.1.log"));
  EXPECT_EQ(places(), Places());
  give(at("logs/todo-0.0.1.log"));
  EXPECT_EQ(places(), Places{".exo/local/logs/todo-0.0.1.log"});
}

TEST_F(StateCustodyOfRootTest, LeavesToServicesWhatIsTheirs) {
  for (const char* name : {"data/web", "tokens/web-1", "python-cache-5"}) {
    fs::create_directories(at(name));
    give(at(name));
  }
  EXPECT_EQ(places(), Places());
}

}  // namespace
}  // namespace exo

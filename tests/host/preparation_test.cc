#include "host/preparation.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/unique_fd.h"
#include "host/log_name.h"
#include "ledger/chain.h"
#include "ledger/sqlite_event.h"
#include "ledger/sqlite_ledger.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

// An application folder, and an installation that has what find_installation() looks for.
class PreparationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/exo-prepare-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    ::setenv("EXO_ROOT", (folder_ / "exo").c_str(), 1);
    ::setenv("EXO_BIN", (folder_ / "exo/bin").c_str(), 1);
    write("exo/bus/relays/javascript/bin/exo-script.js", "");
    write("exo/bin/exo-keeper", "");
    write("app/application.yml", "name: tiny\nservices:\n  todo:\n    location: ./todo\n");
    write(
        "app/todo/service.yml",
        "type: private\nversion: 1.0.0\ndevelopment:\n  scripts:\n    run: sleep 1\nmessages:\n  sends: []\n"
        "  receives: []\n");
  }
  void TearDown() override {
    ::unsetenv("EXO_ROOT");
    ::unsetenv("EXO_BIN");
    fs::remove_all(folder_);
  }
  void write(const std::string& file, const std::string& content) {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << content;
  }
  Result<Preparation> prepare_with(const HostOptions& options) { return prepare(options, terminal_); }
  Result<Preparation> prepare_tiny() { return prepare_with({.application = folder_ / "app"}); }

  fs::path folder_;
  UniqueFd null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Terminal terminal_{null_.get(), ColorMode::kPlain};
};

TEST_F(PreparationTest, compares_no_version_with_a_ledger_that_cannot_be_read_just_now) {
  fs::create_directory(folder_ / "app/.exo");
  const auto state = StateFolder::of(folder_ / "app", "production").value();
  ASSERT_TRUE(state.create().ok());
  EXPECT_TRUE(check_identities(state, {}).ok()) << "nothing was recorded yet";
  fs::create_directory(state.path() / "ledger.head");
  const auto checked = check_identities(state, {});
  EXPECT_FALSE(checked.ok());
}

// As the host before may have brought it in, while this one read the application.
TEST_F(PreparationTest, compares_again_with_the_ledger_that_it_owns) {
  RolloutRecord record;
  record.apply({.sequence = 1,
                .type = "version-introduced",
                .role = "todo",
                .version = "1.0.0",
                .details = R"({"sources":{"sha256/artifact":"a1"}})"});
  rollout::VersionToBringIn version{.key = {"todo", "1.0.0"}};
  version.sources = {{"sha256/artifact", "a2"}};
  const auto checked = check_identities(record, "production", {version});
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().code, "changed");
  EXPECT_TRUE(check_identities(record, "local", {version}).ok());
  version.sources = {{"sha256/artifact", "a1"}};
  EXPECT_TRUE(check_identities(record, "production", {version}).ok());
}

TEST_F(PreparationTest, tells_the_mistakes_of_all_files_at_once) {
  write("app/todo/service.yml", "type: privat\n");
  write("app/deployment-scripts/todo-1.0.0.js", "");
  write("app/deployment-scripts/todo-1.0.0.yml", "timeout: 5 parsecs\n");
  const auto prepared = prepare_tiny();
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().code, "mistakes");
  EXPECT_NE(prepared.error().message.find("todo/service.yml:1"), std::string::npos)
      << prepared.error().message;
}

TEST_F(PreparationTest, tells_a_mistake_beside_a_script) {
  write("app/deployment-scripts/todo-1.0.0.js", "");
  write("app/deployment-scripts/todo-1.0.0.yml", "timeout: 5 parsecs\n");
  const auto prepared = prepare_tiny();
  ASSERT_FALSE(prepared.ok());
  EXPECT_NE(prepared.error().message.find("deployment-scripts/todo-1.0.0.yml:1"), std::string::npos)
      << prepared.error().message;
}

TEST_F(PreparationTest, refuses_a_port_for_a_role_that_has_none) {
  const auto unknown = prepare_with({.application = folder_ / "app", .ports = {{"web", 80}}});
  EXPECT_NE(unknown.error().message.find("there is no service \"web\""), std::string::npos);
  const auto inner = prepare_with({.application = folder_ / "app", .ports = {{"todo", 80}}});
  EXPECT_NE(inner.error().message.find("\"todo\" has no public port"), std::string::npos);
}

TEST_F(PreparationTest, leaves_no_trace_when_the_application_has_mistakes) {
  write("app/application.yml", "name: tiny\n");
  ASSERT_FALSE(prepare_tiny().ok());
  EXPECT_FALSE(fs::exists(folder_ / "app/.exo"));
}

TEST_F(PreparationTest, says_which_part_of_the_installation_is_missing) {
  fs::remove(folder_ / "exo/bin/exo-keeper");
  const auto prepared = prepare_tiny();
  EXPECT_EQ(prepared.error().code, "absent");
  EXPECT_NE(prepared.error().message.find("exo-keeper"), std::string::npos);
}

TEST_F(PreparationTest, writes_no_log_through_a_link) {
  write("precious", "as it was");
  fs::create_directories(folder_ / "app/.exo/local/logs");
  fs::create_symlink(folder_ / "precious", folder_ / "app/.exo/local/logs" / kHostLog);
  const auto prepared = prepare_tiny();
  ASSERT_FALSE(prepared.ok());
  EXPECT_NE(prepared.error().message.find("it is a link, which exo does not write through"),
            std::string::npos)
      << prepared.error().message;
  EXPECT_EQ(fs::file_size(folder_ / "precious"), 9U);
}

TEST_F(PreparationTest, names_the_host_that_has_the_environment) {
  const auto first = prepare_tiny();
  ASSERT_TRUE(first.ok()) << first.error().message;
  const auto second = prepare_tiny();
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("pid " + std::to_string(::getpid())), std::string::npos);
}

TEST_F(PreparationTest, begins_no_ledger_where_something_has_run) {
  write("app/.exo/local/logs/todo-1.0.0.log", "");
  const auto prepared = prepare_tiny();
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().code, "ledger-missing");
  EXPECT_TRUE(prepared.error().message.starts_with("ledger-missing: ")) << prepared.error().message;
  EXPECT_NE(prepared.error().message.find("logs/todo-1.0.0.log"), std::string::npos);
  EXPECT_NE(prepared.error().message.find("--begin-anew --reason WHY"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "app/.exo/local/ledger.head"));
}

// All that it had made stays, and it has recorded nothing.
TEST_F(PreparationTest, begins_again_where_a_host_died_before_its_first_event) {
  ASSERT_TRUE(prepare_tiny().ok());
  for (const char* const file : {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.head"})
    fs::remove(folder_ / "app/.exo/local" / file);
  write("app/.exo/local/keeper.jsonl", "");
  const auto prepared = prepare_tiny();
  EXPECT_TRUE(prepared.ok()) << prepared.error().message;
}

TEST_F(PreparationTest, says_which_events_of_a_newer_exo_it_passes_over) {
  {
    const auto first = prepare_tiny();
    ASSERT_TRUE(first.ok()) << first.error().message;
    ASSERT_TRUE(first.value().ledger->append(0, {.type = "host-started"}).ok());
  }
  const std::string state = (folder_ / "app/.exo/local").string();
  LedgerEvent event = SqliteLedger::open_for_reading(state).value()->read(1, 1).value().front();
  const ChainEnd end = chain_end(event);
  event.type = "traffic-forecast";
  seal(event, end, event.epoch);
  {
    SqliteDatabase database;
    ASSERT_TRUE(database.open(database_path(state), SqliteMode::kReadWrite).ok());
    auto insert = prepare_insert(database);
    bind_event(insert.value(), event);
    ASSERT_TRUE(insert.value().run().ok());
  }
  const auto prepared = prepare_tiny();
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  ASSERT_FALSE(prepared.value().notices.empty());
  EXPECT_NE(prepared.value().notices.back().find("traffic-forecast (event 2)"), std::string::npos)
      << prepared.value().notices.back();
}

TEST_F(PreparationTest, begins_with_each_version_and_its_script) {
  write("app/deployment-scripts/todo-1.0.0.js", "module.exports = {};\n");
  write("app/deployment-scripts/todo-2.0.0.js", "module.exports = {};\n");
  const auto prepared = prepare_tiny();
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  const rollout::Begin begin = prepared.value().begin();
  ASSERT_EQ(begin.versions.size(), 1U);
  EXPECT_EQ(begin.versions[0].key, (VersionKey{"todo", "1.0.0"}));
  ASSERT_TRUE(begin.versions[0].script.has_value());
  EXPECT_EQ(begin.versions[0].script->name, "deployment-scripts/todo-1.0.0.js");
  ASSERT_EQ(begin.other_scripts.size(), 1U);
  EXPECT_EQ(begin.other_scripts[0].brings_in.version, "2.0.0");
  EXPECT_NE(begin.who, "");
}

}  // namespace
}  // namespace exo

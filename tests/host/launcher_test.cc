// What a process gets before it starts, and what is left when it cannot be given.
#include "host/launcher.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/check.h"
#include "base/files.h"
#include "bus/wire/curve_keys.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using testing_support::ApplicationFolder;

// An application of one service, whose user the test decides.
class LauncherTest : public testing::Test {
 protected:
  LauncherTest() : state_(StateFolder::of(folder_.path(), "local").value()) {
    EXO_CHECK(state_.create().ok());
    version_.role = "web";
    version_.version = parse_semantic_version("0.0.1").value();
    version_.folder = folder_.path();
    version_.run_command = "sleep 1";
  }

  void let_web_run_as(const std::string& user) {
    version_.user.name = user;
    users_ = ServiceUsers(application(), ScriptCatalog(), 0);
  }
  Application application() const {
    Application application;
    application.roles.push_back({.name = "web", .versions = {version_}});
    return application;
  }
  Launcher::Context context(PortRange ports = ports_below_the_kernels()) const {
    return {.state = state_,
            .installation = {.root = folder_.path(), .programs = folder_.path()},
            .bus = "ipc:///bus",
            .public_ports = {},
            .users = users_,
            .ports = ports};
  }
  Result<Launch> launch() const {
    const Application application = this->application();
    return Launcher(context(), application).instance(version_, "web-1");
  }
  fs::path data() const { return state_.data() / "web"; }
  static uid_t owner(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_uid;
  }

  ApplicationFolder folder_;
  StateFolder state_;
  ServiceVersion version_;
  ServiceUsers users_;
};

TEST_F(LauncherTest, OverTcpAProcessGetsAKeyOfItsOwn) {
  const Application application = this->application();
  Launcher::Context over_tcp = context();
  over_tcp.bus = "tcp://127.0.0.1:7600";
  over_tcp.bus_key = make_curve_keys().public_key;
  Launcher launcher(over_tcp, application);
  const auto first = launcher.instance(version_, "web-1");
  const auto second = launcher.instance(version_, "web-2");
  ASSERT_TRUE(first.ok() && second.ok());
  const fs::path file = state_.tokens() / "web-1.curve";
  const std::pair<std::string, std::string> variable{"EXO_CURVE_FILE", file.string()};
  const auto& environment = first.value().process.environment;
  EXPECT_NE(std::find(environment.begin(), environment.end(), variable), environment.end());
  const auto keys = read_curve_identity(file.string());
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  EXPECT_EQ(keys.value().server_key, over_tcp.bus_key);
  EXPECT_EQ(keys.value().own.public_key, first.value().admission.public_key);
  EXPECT_NE(first.value().admission.public_key, second.value().admission.public_key);
  launcher.forget("web-1");
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(LauncherTest, OverIpcAProcessGetsNoKey) {
  const auto launched = launch();
  ASSERT_TRUE(launched.ok());
  EXPECT_EQ(launched.value().admission.public_key, "");
  EXPECT_FALSE(fs::exists(state_.tokens() / "web-1.curve"));
}

TEST_F(LauncherTest, APortIsNotLostWhereTheTokenCannotBeWritten) {
  const std::uint16_t port = InstancePorts().take("free").value();
  const Application application = this->application();
  Launcher launcher(context({.lowest = port, .highest = port}), application);
  fs::remove(state_.tokens());
  ASSERT_FALSE(launcher.instance(version_, "web-1").ok());
  fs::create_directory(state_.tokens());
  EXPECT_EQ(launcher.instance(version_, "web-2").value().port, port);
}

TEST_F(LauncherTest, EachLimitReachesTheProcessAsTheKernelNamesIt) {
  version_.limits = {.open_files = 123, .processes = 45, .memory_bytes = 67'000'000};
  const std::vector<ResourceLimit> expected{
      {RLIMIT_NOFILE, 123}, {RLIMIT_NPROC, 45}, {RLIMIT_DATA, 67'000'000}};
  EXPECT_EQ(launch().value().process.limits, expected);
}

TEST_F(LauncherTest, NoLimitIsSetThatNobodyStated) {
  version_.limits = {};
  EXPECT_TRUE(launch().value().process.limits.empty());
}

TEST_F(LauncherTest, AllPhasesOfAVersionsScriptHaveOneLock) {
  const Application application = this->application();
  Launcher launcher(context(), application);
  for (const Phase phase : {Phase::kOffline, Phase::kOnline, Phase::kUndo, Phase::kVerify}) {
    rollout::StartScript start;
    start.key = {.version = {"web", "0.0.1"}, .phase = phase, .id = {.run = "run", .attempt = 1}};
    start.script = {.brings_in = start.key.version, .folder = "/application"};
    const auto launch = launcher.script(start, "script-1");
    ASSERT_TRUE(launch.ok()) << launch.error().message;
    EXPECT_EQ(launch.value().process.lock_file, (state_.runs() / "web-0.0.1.lock").string());
  }
}

TEST_F(LauncherTest, ACommandThatLooksAtTheLoadEndsWithItsHostAndProvesNothing) {
  const Application application = this->application();
  Launcher launcher(context(), application);
  const rollout::AttemptKey key{.version = {"web", "0.0.1"},
                                .phase = Phase::kOnline,
                                .id = {.run = "web-0.0.1-online-1", .attempt = 2}};
  const Script script{.brings_in = key.version, .folder = "/application"};
  const auto process = launcher.load_command(key, script, "./slow.sh", "load-1");
  ASSERT_TRUE(process.ok()) << process.error().message;
  EXPECT_EQ(process.value().argv, (std::vector<std::string>{"/bin/sh", "-c", "./slow.sh"}));
  EXPECT_EQ(process.value().folder, "/application");
  EXPECT_EQ(process.value().lock_file, (state_.runs() / "web-0.0.1-online-1-load.lock").string());
  bool is_told_where = false;
  for (const auto& [name, value] : process.value().environment) {
    EXPECT_NE(name, "EXO_TOKEN_FILE") << value;
    is_told_where = is_told_where || (name == "EXO_ENVIRONMENT" && value == "local");
  }
  EXPECT_TRUE(is_told_where);
  EXPECT_FALSE(fs::exists(state_.tokens() / "load-1"));
}

// What follows changes owners.
class LauncherOfRootTest : public LauncherTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may change the owner of files";
    nobody_ = find_user("nobody").value().credentials.uid;
    games_ = find_user("games").value().credentials.uid;
  }
  static void give(const fs::path& path, uid_t uid) {
    ASSERT_TRUE(make_folder(path.string()).ok());
    ASSERT_EQ(::chown(path.c_str(), uid, uid), 0) << path;
  }

  uid_t nobody_ = 0;
  uid_t games_ = 0;
};

TEST_F(LauncherOfRootTest, AServiceThatLosesItsUserGetsItsDataBack) {
  let_web_run_as("games");
  ASSERT_TRUE(launch().ok());
  EXPECT_EQ(owner(data()), games_);
  let_web_run_as("");
  ASSERT_TRUE(launch().ok());
  EXPECT_EQ(owner(data()), 0U);
}

// Somebody runs an application as root that is theirs, once.
TEST_F(LauncherOfRootTest, DataInTheStateOfSomebodyElseStaysTheirs) {
  for (const fs::path& theirs : {state_.path(), state_.data(), state_.python_cache(), data()})
    give(theirs, games_);
  ASSERT_TRUE(launch().ok());
  EXPECT_EQ(owner(data()), games_);
  EXPECT_EQ(owner(state_.python_cache()), games_);
}

// Its owner could not be changed, so the secret is nobody's: as whoever has not the rights of root finds it.
TEST_F(LauncherOfRootTest, ATokenThatCannotBeGivenAwayIsRemoved) {
  let_web_run_as("nobody");
  give(data(), nobody_);
  give(state_.python_cache().string() + "-" + std::to_string(nobody_), nobody_);
  for (const fs::path& passed :
       {fs::path(folder_.path()), state_.path().parent_path(), state_.path(), state_.data()})
    fs::permissions(passed, static_cast<fs::perms>(0711));
  fs::permissions(state_.tokens(), static_cast<fs::perms>(0777));
  ASSERT_EQ(::seteuid(games_), 0);
  const auto launched = launch();
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_FALSE(launched.ok());
  EXPECT_NE(launched.error().message.find("change the owner of"), std::string::npos)
      << launched.error().message;
  EXPECT_TRUE(fs::is_empty(state_.tokens()));
}

}  // namespace
}  // namespace exo

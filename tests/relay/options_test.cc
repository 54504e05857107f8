#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bus/relays/cpp/operator_options.h"
#include "bus/relays/cpp/relay.h"

namespace exo {
namespace {

// Sets the environment of a process that exo starts, for the length of one test.
class OptionsFromEnvironment : public testing::Test {
 public:
  OptionsFromEnvironment() {
    std::string pattern = "/tmp/exo-options-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    write_token(" f00d\n");
    set("ROLE", "todo");
    set("EXO_BUS", "ipc:///tmp/bus");
    set("EXO_VERSION", "0.0.1");
    set("EXO_INSTANCE", "todo-1");
    set("EXO_TOKEN_FILE", folder_ + "/token");
  }
  ~OptionsFromEnvironment() override {
    for (const char* name : {"ROLE", "EXO_BUS", "EXO_VERSION", "EXO_INSTANCE", "EXO_TOKEN_FILE",
                             "EXO_CURVE_FILE", "EXO_STOP_WITHIN"})
      ::unsetenv(name);
    std::filesystem::remove_all(folder_);
  }

  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
  void write_token(const std::string& content) const { std::ofstream(folder_ + "/token") << content; }
  std::string write_keys(const std::string& content) const {
    std::string file = folder_ + "/keys";
    std::ofstream(file) << content;
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    return file;
  }
  static std::string complaint() {
    const auto options = RelayOptions::from_environment();
    return options.ok() ? "none" : options.error().message;
  }

 private:
  std::string folder_;
};

TEST_F(OptionsFromEnvironment, NameTheVariableThatIsMissing) {
  for (const char* name : {"ROLE", "EXO_BUS", "EXO_VERSION", "EXO_INSTANCE", "EXO_TOKEN_FILE"}) {
    const std::string before = ::getenv(name);
    ::unsetenv(name);
    EXPECT_EQ(complaint(), std::string("the environment variable ") + name +
                               " is not set (exo sets this for the processes that it starts)");
    set(name, "");
    EXPECT_EQ(complaint(), std::string("the environment variable ") + name +
                               " is empty (exo sets this for the processes that it starts)");
    set(name, before);
  }
}

TEST_F(OptionsFromEnvironment, NameTheTokenFileThatCannotBeRead) {
  set("EXO_TOKEN_FILE", "/nowhere/token");
  EXPECT_NE(complaint().find("EXO_TOKEN_FILE: "), std::string::npos);
  EXPECT_NE(complaint().find("/nowhere/token"), std::string::npos);
}

TEST_F(OptionsFromEnvironment, RefuseAnEmptyToken) {
  write_token(" \n");
  EXPECT_NE(complaint().find("holds no token"), std::string::npos);
}

TEST_F(OptionsFromEnvironment, TakeTheKeysOfABusOverTcp) {
  const CurveIdentity keys{.server_key = make_curve_keys().public_key, .own = make_curve_keys()};
  const std::string file = write_keys(format(keys));
  set("EXO_CURVE_FILE", file);
  const auto options = RelayOptions::from_environment();
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options.value().curve.server_key, keys.server_key);
  EXPECT_EQ(options.value().curve.own.secret_key, keys.own.secret_key);
}

TEST_F(OptionsFromEnvironment, NameTheFileOfKeysThatIsNone) {
  const std::string file = write_keys("servant x\n");
  set("EXO_CURVE_FILE", file);
  EXPECT_EQ(complaint().find("EXO_CURVE_FILE: " + file + ":1: "), 0U) << complaint();
}

TEST_F(OptionsFromEnvironment, OfAPersonOverTcpAreKeysWithoutAToken) {
  const CurveIdentity keys{.server_key = make_curve_keys().public_key, .own = make_curve_keys()};
  const auto options = operator_options("tcp://127.0.0.1:1", write_keys(format(keys)));
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options.value().role, "exo-operator");
  EXPECT_EQ(options.value().instance.size(), std::string("operator-").size() + 16);
  EXPECT_EQ(options.value().curve.server_key, keys.server_key);
  EXPECT_EQ(options.value().token, "");
}

TEST_F(OptionsFromEnvironment, OfAPersonOnTheSameMachineAreTheKeyOfTheEnvironment) {
  const auto options = operator_options("ipc:///tmp/bus", write_keys(" f00d\n"));
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options.value().token, "f00d");
}

TEST_F(OptionsFromEnvironment, OfAPersonNeedAKeyFileThatHoldsSomething) {
  EXPECT_FALSE(operator_options("ipc:///tmp/bus", "/nowhere/key").ok());
  const auto empty = operator_options("ipc:///tmp/bus", write_keys("\n"));
  ASSERT_FALSE(empty.ok());
  EXPECT_NE(empty.error().message.find("is empty"), std::string::npos);
}

TEST_F(OptionsFromEnvironment, TakeTheTokenWithoutSpaceAroundIt) {
  const auto options = RelayOptions::from_environment();
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options.value().token, "f00d");
  EXPECT_EQ(options.value().role, "todo");
  EXPECT_EQ(options.value().endpoint, "ipc:///tmp/bus");
  EXPECT_EQ(options.value().version, "0.0.1");
  EXPECT_EQ(options.value().instance, "todo-1");
  EXPECT_EQ(options.value().close_timeout, std::chrono::seconds(8))
      << "where exo does not say how long it waits";
}

TEST_F(OptionsFromEnvironment, LeaveLessTimeToTheCloseThanExoLeavesUntilSigkill) {
  set("EXO_STOP_WITHIN", "2500");
  const auto options = RelayOptions::from_environment();
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options.value().close_timeout, std::chrono::seconds(2));
}

TEST_F(OptionsFromEnvironment, RefuseATimeUntilSigkillThatIsNone) {
  for (const char* text : {"soon", "0", "-5", "2500ms", "99999999999999999999"}) {
    set("EXO_STOP_WITHIN", text);
    EXPECT_NE(complaint().find(std::string("EXO_STOP_WITHIN is \"") + text + "\""), std::string::npos)
        << text;
  }
}

}  // namespace
}  // namespace exo

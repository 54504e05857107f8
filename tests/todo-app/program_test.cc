// The programs as exo runs them: their environment, their end.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

#include "base/clock.h"
#include "tests/relay/fake_broker.h"
#include "tests/todo-app/temporary_folder.h"

namespace todo_app {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

std::string assignment(const std::string& name, const std::string& value) {
  return name + "=" + value;
}

// A child process with exactly these variables, whose standard error is kept. Killed and reaped at the end.
class Program {
 public:
  Program(const std::string& path, const Variables& variables, const std::string& error_file) {
    start(path, environment_of(variables), error_file);
  }
  ~Program() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void terminate() const { ::kill(pid_, SIGTERM); }
  int exit_code() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  static std::vector<std::string> environment_of(const Variables& variables) {
    std::vector<std::string> texts;
    texts.reserve(variables.size());
    for (const auto& [name, value] : variables) texts.push_back(assignment(name, value));
    for (const std::string name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
      if (const char* value = std::getenv(name.c_str())) texts.push_back(assignment(name, value));
    }
    return texts;
  }

  void start(std::string program, std::vector<std::string> texts, const std::string& error_file) {
    std::vector<char*> environment;
    environment.reserve(texts.size() + 1);
    for (auto& text : texts) environment.push_back(text.data());
    environment.push_back(nullptr);
    std::array<char*, 2> arguments = {program.data(), nullptr};
    pid_ = ::fork();
    if (pid_ != 0) return;
    if (std::freopen(error_file.c_str(), "w", stderr) != nullptr) {
      ::execve(program.c_str(), arguments.data(), environment.data());
    }
    ::_exit(127);
  }

  pid_t pid_ = -1;
};

class TodoProgram : public testing::TestWithParam<std::string> {
 public:
  TemporaryFolder folder;

  std::string program() const { return GetParam(); }
  Variables variables() const {
    std::ofstream(folder.file("token")) << "f00d\n";
    return {
        {"ROLE", "todo"},           {"EXO_BUS", broker_.endpoint()},          {"EXO_VERSION", "0.0.1"},
        {"EXO_INSTANCE", "todo-1"}, {"EXO_TOKEN_FILE", folder.file("token")}, {"EXO_DATA", folder.path()}};
  }
  std::string errors() const {
    std::ifstream file(folder.file("errors"));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  exo::Heard hear() const {
    const auto until = exo::monotonic_now() + exo::RelayFixture::kPatience;
    while (exo::monotonic_now() < until) {
      if (auto heard = broker_.receive()) return std::move(*heard);
      broker_.wait(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("the program says nothing");
  }
  exo::Kind hear_kind() const {
    const exo::Heard heard = hear();
    exo::HeaderView header;
    EXPECT_TRUE(exo::decode_header(std::as_bytes(std::span(heard.header_bytes)), header).ok());
    return header.kind;
  }
  void say(const std::string& peer, exo::Kind kind, std::string_view payload = {},
           std::string_view code = {}) const {
    exo::HeaderView header;
    header.kind = kind;
    header.code = code;
    broker_.send(peer, header, payload);
  }
  void deliver_unknown_command(const std::string& peer) const {
    exo::HeaderView header;
    header.kind = exo::Kind::kCommand;
    header.name = "no such handler";
    header.id = "c-1";
    header.sequence = 1;
    broker_.send(peer, header);
  }

 private:
  // Receiving and sending change the socket, not the test.
  mutable exo::FakeBroker broker_;
};

TEST_P(TodoProgram, SaysWhichVariableIsMissing) {
  for (const std::string missing :
       {"ROLE", "EXO_BUS", "EXO_VERSION", "EXO_INSTANCE", "EXO_TOKEN_FILE", "EXO_DATA"}) {
    Variables some;
    for (const auto& variable : variables()) {
      if (variable.first != missing) some.push_back(variable);
    }
    Program running(program(), some, folder.file("errors"));
    EXPECT_EQ(running.exit_code(), 1);
    EXPECT_NE(errors().find(missing), std::string::npos) << errors();
  }
}

TEST_P(TodoProgram, SaysThatTheBusRefusesIt) {
  Program running(program(), variables(), folder.file("errors"));
  say(hear().peer, exo::Kind::kRefused, {}, "not-admitted");
  EXPECT_EQ(running.exit_code(), 1);
  EXPECT_NE(errors().find("refuses todo (todo-1)"), std::string::npos) << errors();
}

TEST_P(TodoProgram, SaysWhichFileItCannotOpen) {
  Variables some = variables();
  some.back().second = folder.path() + "/missing";
  Program running(program(), some, folder.file("errors"));
  EXPECT_EQ(running.exit_code(), 1);
  EXPECT_NE(errors().find("/missing/"), std::string::npos) << errors();
}

TEST_P(TodoProgram, LeavesTheBusWhenItIsTerminated) {
  Program running(program(), variables(), folder.file("errors"));
  const std::string peer = hear().peer;
  say(peer, exo::Kind::kRegistered, exo::encode_registered({.protocol = 1, .heartbeat_ms = 60'000}).text());
  deliver_unknown_command(peer);
  EXPECT_EQ(hear_kind(), exo::Kind::kFailed) << "it has taken its registration";
  running.terminate();
  EXPECT_EQ(hear_kind(), exo::Kind::kDrain);
  say(peer, exo::Kind::kDraining);
  EXPECT_EQ(hear_kind(), exo::Kind::kGoodbye);
  say(peer, exo::Kind::kGoodbye);
  EXPECT_EQ(running.exit_code(), 0);
}

INSTANTIATE_TEST_SUITE_P(Programs, TodoProgram, testing::Values(TODO_PROGRAM, TODO_SEARCH_PROGRAM),
                         [](const auto& program) { return program.index == 0 ? "Todo" : "TodoSearch"; });

}  // namespace
}  // namespace todo_app

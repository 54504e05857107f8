#include "tests/keeper/keeper_fixture.h"

#include <poll.h>
#include <unistd.h>
#include <algorithm>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace exo {
namespace {

constexpr const char* kMarkerVariable = "EXO_KEEPER_TEST_MARKER";

std::string read_file(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string make_folder() {
  std::string folder = "/tmp/exo-keeper-XXXXXX";
  EXO_CHECK(::mkdtemp(folder.data()) != nullptr);
  return folder;
}

}  // namespace

bool comes_true(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

KeeperTest::KeeperTest() : folder_(make_folder()), marker_(std::string(kMarkerVariable) + "=" + folder_) {
  ::setenv(kMarkerVariable, folder_.c_str(), 1);
}

KeeperTest::~KeeperTest() {
  client_.reset();
  for (const pid_t pid : marked()) ::kill(pid, SIGKILL);
  std::filesystem::remove_all(folder_);
}

std::string KeeperTest::contents(const std::string& name) const {
  return read_file(path(name));
}

bool KeeperTest::exists(const std::string& name) const {
  return std::filesystem::exists(path(name));
}

KeeperClient::Options KeeperTest::options() const {
  return {.program = EXO_KEEPER_PROGRAM, .state_folder = folder_, .end_grace = std::chrono::seconds(1)};
}

void KeeperTest::start_keeper(const KeeperClient::Options& options) {
  auto started = KeeperClient::start(options);
  ASSERT_TRUE(started.ok()) << started.error().message;
  client_ = std::move(started).value();
}

ProcessSpec KeeperTest::shell(const std::string& id, const std::string& script) const {
  return {.id = id,
          .role = "role-of-" + id,
          .argv = {"/bin/sh", "-c", script},
          .folder = folder_,
          .environment = {{"PATH", "/usr/bin:/bin"}, {kMarkerVariable, folder_}},
          .log_file = "",
          .lock_file = ""};
}

std::vector<std::string> KeeperTest::lines_of(const std::string& id) const {
  std::vector<std::string> lines;
  for (const OutputLine& line : seen<OutputLine>())
    if (line.id == id) lines.push_back(line.text);
  return lines;
}

bool KeeperTest::has_said(const std::string& id, const std::string& line) const {
  const auto lines = lines_of(id);
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

std::vector<pid_t> KeeperTest::marked() const {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string environment = '\0' + read_file(entry.path() / "environ");
    if (environment.find('\0' + marker_ + '\0') != std::string::npos) found.push_back(std::stoi(name));
  }
  return found;
}

pid_t KeeperTest::pid_in(const std::string& name) const {
  std::string text;
  const bool written = comes_true([&] {
    text = contents(name);
    return text.ends_with('\n');
  });
  EXPECT_TRUE(written) << "no process wrote its id to " << name;
  return written ? std::stoi(text) : -1;
}

pid_t KeeperTest::parent_of(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string::npos ? -1 : std::stoi(stat.substr(name_end + 4));
}

void KeeperTest::take_until(const std::function<bool(const KeeperEvent&)>& is_last) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    while (!waiting_.empty()) {
      seen_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
      if (is_last(seen_.back())) return;
    }
    if (std::chrono::steady_clock::now() > until) return;
    pollfd readable{client_->event_fd(), POLLIN, 0};
    ::poll(&readable, 1, 100);
    for (KeeperEvent& event : client_->take_events()) waiting_.push_back(std::move(event));
  }
}

}  // namespace exo

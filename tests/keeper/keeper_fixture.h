// What the tests against the real exo-keeper share: a state folder, a client, waiting for events, and finding
// what is left of a fleet.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "host/keeper_client.h"

namespace exo {

// For conditions that must come true, on a machine that does other things too.
inline constexpr std::chrono::seconds kPatience{90};

// Looks again and again until `condition` holds; false when it does not within the patience.
bool comes_true(const std::function<bool()>& condition);

// Each test has an own marker in its environment, which its keeper, the guards and all programs inherit, so
// that whatever is left of it anywhere can be found.
class KeeperTest : public testing::Test {
 protected:
  KeeperTest();
  ~KeeperTest() override;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string contents(const std::string& name) const;
  bool exists(const std::string& name) const;

  KeeperClient::Options options() const;
  void start_keeper() { start_keeper(options()); }
  void start_keeper(const KeeperClient::Options& options);
  KeeperClient& keeper() { return *client_; }
  // Lets the client go; its destructor ends everything.
  void close_keeper() { client_.reset(); }

  // A process that runs `script` in a shell, in the test's folder, with no log and no lock.
  ProcessSpec shell(const std::string& id, const std::string& script) const;

  // Takes events until one of type T for `id` has come and gives it; what came before stays in seen().
  template <typename T>
  std::optional<T> await(const std::string& id) {
    std::optional<T> found;
    take_until([&](const KeeperEvent& event) {
      const T* wanted = std::get_if<T>(&event);
      if (wanted != nullptr && wanted->id == id) found = *wanted;
      return found.has_value();
    });
    return found;
  }
  // The same for events that belong to no process.
  template <typename T>
  std::optional<T> await_any() {
    std::optional<T> found;
    take_until([&](const KeeperEvent& event) {
      if (const T* wanted = std::get_if<T>(&event)) found = *wanted;
      return found.has_value();
    });
    return found;
  }
  // All events of type T taken so far.
  template <typename T>
  std::vector<T> seen() const {
    std::vector<T> found;
    for (const KeeperEvent& event : seen_)
      if (const T* wanted = std::get_if<T>(&event)) found.push_back(*wanted);
    return found;
  }
  std::vector<std::string> lines_of(const std::string& id) const;
  bool has_said(const std::string& id, const std::string& line) const;

  // Process ids that carry this test's marker; zombies carry none.
  std::vector<pid_t> marked() const;
  bool nothing_is_left() const {
    return comes_true([this] { return marked().empty(); });
  }
  // Waits until a program has written its process id to the file `name`.
  pid_t pid_in(const std::string& name) const;
  // The process id of the guard of the program `pid`: its parent.
  static pid_t parent_of(pid_t pid);

 private:
  void take_until(const std::function<bool(const KeeperEvent&)>& is_last);

  std::string folder_;
  std::string marker_;
  std::unique_ptr<KeeperClient> client_;
  std::vector<KeeperEvent> seen_;
  std::deque<KeeperEvent> waiting_;  // taken from the client together with one that was awaited
};

}  // namespace exo

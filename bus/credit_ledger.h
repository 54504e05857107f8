// How many commands one sender may still send to each role.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace exo::routing {

// The credit of one connection. A sender may have a window of commands for a role on their way or waiting in
// the role's queues: the room that it has left is what it may be granted. Grants are made in steps of half a
// window, so that they do not cost a message each. Roles are named by their index in the fleet. One thread.
//
// Windows count commands, and what fills the memory is bytes: so a window is as many payloads, of the size
// that the sender has been sending, as there are bytes for. It begins with a few, grows fast while it is
// used, and what was granted and not used is taken back where payloads have become larger.
//
// Sender and broker may count differently for a moment after the routes have changed, so a sender is only
// said to outrun its credit when it is a whole window beyond it.
class CreditLedger {
 public:
  struct Limits {
    std::uint64_t window = 256;                    // commands
    std::uint64_t window_bytes = 8 * 1024 * 1024;  // of their payloads
    std::uint64_t first_window = 4;                // before the size of payloads is known
    std::uint64_t most_bytes = 64 * 1024 * 1024;   // in a role's queues, whatever was granted
  };
  struct Account {
    std::uint64_t granted = 0;       // in all
    std::uint64_t promised = 0;      // the largest that `granted` has been
    std::uint64_t sent = 0;          // in all
    std::uint64_t queued = 0;        // its commands in the role's queues just now
    std::uint64_t queued_bytes = 0;  // their payloads
    std::uint64_t beyond_bytes = 0;  // payloads sent since its credit was spent
    bool routed = false;             // a name that it may send goes to this role
    bool changed = false;            // `granted` has not been told yet
    std::uint64_t mean_bytes = 0;
  };
  static constexpr std::uint64_t kSmallestWindow = 2;

  CreditLedger() : CreditLedger(Limits{}) {}
  explicit CreditLedger(Limits limits)
      : limits_(limits), shared_window_(limits.window), shared_bytes_(limits.window_bytes) {}

  // What is granted from now on: a window as large as this, at most the whole one, since others want some,
  // too.
  void share_window(std::uint64_t window, std::uint64_t bytes);

  // From now on the sender has at most so much credit for a role that it has not used, and what it has beyond
  // that is taken back; nullopt: as much as there is room for.
  void keep_pace(std::optional<std::uint64_t> most_unused) { most_unused_ = most_unused; }
  // The roles that the sender's names go to.
  std::size_t routed() const;

  // Takes one credit. False when the sender has outrun it, by commands or by bytes: the command is to be
  // refused, and is not counted.
  [[nodiscard]] bool take(std::size_t role, std::size_t payload_bytes);
  void queued(std::size_t role, std::size_t payload_bytes);
  void left_queue(std::size_t role, std::size_t payload_bytes);

  // A name that goes to this role has come to the sender's routes: a fresh window, whatever was counted
  // before.
  void open(std::size_t role);
  void close_all();
  // Grants what the room allows. True when that is something that the sender must be told.
  bool top_up(std::size_t role);
  // Takes back what was granted for smaller payloads than now come, and is not used. True as above.
  bool take_back(std::size_t role);
  // A fresh connection counts from 0; what is in the queues stays there.
  void restart();

  Account& account(std::size_t role);
  const std::vector<Account>& accounts() const { return accounts_; }
  // How many commands the sender may have under way, for payloads of the size that it has been sending.
  std::uint64_t window(const Account& account) const;

 private:
  bool grant_by_pace(Account& account);
  bool may_take(const Account& account, std::size_t payload_bytes) const;
  std::uint64_t window_by_bytes(const Account& account) const;
  static std::uint64_t unused(const Account& account);
  static void grant(Account& account, std::uint64_t total);

  Limits limits_;
  std::uint64_t shared_window_;
  std::uint64_t shared_bytes_;
  std::optional<std::uint64_t> most_unused_;
  std::vector<Account> accounts_;
};

}  // namespace exo::routing

// How many commands one sender may still send to each role.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace exo::routing {

// The credit of one connection. A sender may have `window` commands for a role on their way or waiting in the
// role's queues: the room that it has left is what it may be granted. Grants are made in steps of half a
// window, so that they do not cost a message each. Roles are named by their index in the fleet. One thread.
//
// Sender and broker may count differently for a moment after the routes have changed, so a sender is only
// said to outrun its credit when it is a whole window beyond it.
class CreditLedger {
 public:
  struct Account {
    std::uint64_t granted = 0;  // in all
    std::uint64_t sent = 0;     // in all
    std::uint64_t queued = 0;   // its commands in the role's queues just now
    bool routed = false;        // a name that it may send goes to this role
    bool changed = false;       // `granted` has not been told yet
    std::uint64_t mean_bytes = 0;
  };
  static constexpr std::uint64_t kSmallestWindow = 2;

  explicit CreditLedger(std::uint64_t window = 256, std::uint64_t window_bytes = 8 * 1024 * 1024)
      : window_(window), shared_window_(window), window_bytes_(window_bytes) {}

  // What is granted from now on: a window as large as this, at most the whole one, since others want some,
  // too.
  void share_window(std::uint64_t window) { shared_window_ = window; }

  // Takes one credit. False when the sender has outrun it: the command is to be refused, and is not counted.
  [[nodiscard]] bool take(std::size_t role, std::size_t payload_bytes);
  void queued(std::size_t role) { ++account(role).queued; }
  void left_queue(std::size_t role);

  // A name that goes to this role has come to the sender's routes: a fresh window, whatever was counted
  // before.
  void open(std::size_t role);
  void close_all();
  // Grants what the room allows. True when that is something that the sender must be told.
  bool top_up(std::size_t role);
  // A fresh connection counts from 0; what is in the queues stays there.
  void restart();

  Account& account(std::size_t role);
  const std::vector<Account>& accounts() const { return accounts_; }
  // How many commands the sender may have under way, for payloads of the size that it has been sending.
  std::uint64_t window(const Account& account) const;

 private:
  std::uint64_t window_;
  std::uint64_t shared_window_;
  std::uint64_t window_bytes_;
  std::vector<Account> accounts_;
};

}  // namespace exo::routing

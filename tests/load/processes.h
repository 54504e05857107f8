// A broker and consumers in processes of their own, which a test may stop, continue and kill.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "bus/relays/cpp/relay.h"

namespace exo {

// What a consumer has handled; in memory that the test shares with it.
struct Tally {
  static constexpr std::size_t kNumbers = 1'100'000;
  std::atomic<std::uint64_t> handled;
  std::array<std::atomic<std::uint8_t>, kNumbers> times;  // by the number in the payload

  // Of the numbers below `count`: how many were not handled exactly once.
  std::size_t amiss(std::size_t count) const;
};

// A child process. Killed, and waited for, when destroyed.
class Process {
 public:
  explicit Process(const std::function<void()>& body);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void stop();  // SIGSTOP; it has stopped when this returns
  void go_on();
  void kill();  // SIGKILL; it has ended when this returns
  std::size_t peak_resident_bytes() const;

 private:
  pid_t id_;
};

// A broker with the roles "web", which sends slow.do and fast.do, and "slow" and "fast", which take them. All
// instances that are named in the tests are admitted. Made before its process has any other thread.
class Bus {
 public:
  Bus();
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // Of a program that is never taken for lost in a test that stops it.
  RelayOptions options(const std::string& role, const std::string& instance) const;
  // What the host says when the instance's process has ended.
  void dismiss(const std::string& instance);
  const Process& process() const { return *process_; }

 private:
  std::filesystem::path folder_;
  std::string endpoint_;
  int orders_ = -1;
  std::unique_ptr<Process> process_;
};

// Tallies what it gets, and answers what wants an answer; never returns.
[[noreturn]] void consume(RelayOptions options, Tally& tally);

}  // namespace exo

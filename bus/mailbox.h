// Values from one thread to another.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace exo::routing {

// A queue without a limit, whose descriptor is readable while it holds something. Any thread may put, one
// takes. Throws std::system_error from its constructor where the system gives no descriptor.
template <typename T>
class Mailbox {
 public:
  Mailbox() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
  }

  int fd() const { return event_.get(); }

  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    signal();
  }
  // Empties `values`, whose capacity is kept.
  void put_all(std::vector<T>& values) {
    if (values.empty()) return;
    const std::lock_guard lock(mutex_);
    for (T& value : values) values_.push_back(std::move(value));
    values.clear();
    signal();
  }
  // Replaces `into` by everything that is there, in order.
  void take_all(std::vector<T>& into) {
    into.clear();
    const std::lock_guard lock(mutex_);
    into.swap(values_);
    if (!signalled_) return;
    signalled_ = false;
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof count);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }

 private:
  void signal() {
    if (signalled_) return;
    signalled_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto put = ::write(event_.get(), &one, sizeof one);
  }

  UniqueFd event_;
  mutable std::mutex mutex_;
  std::vector<T> values_;
  bool signalled_ = false;
};

}  // namespace exo::routing

#include "services/forwarder/event_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace exo {

EventQueue::EventQueue() : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void EventQueue::push(ForwarderEvent event) {
  const std::lock_guard<std::mutex> lock(mutex_);
  events_.push_back(std::move(event));
  const std::uint64_t one = 1;
  // It fails only when the counter is full, and then the host is awake anyway.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

std::vector<ForwarderEvent> EventQueue::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &count, sizeof count);
  return std::exchange(events_, {});
}

}  // namespace exo

#include "host/event_loop.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace exo {
namespace {

// Rounded up, because waking too early would spin through the last millisecond.
int milliseconds_until(std::optional<MonotonicTime> until) {
  if (!until) return -1;
  constexpr std::chrono::milliseconds kLongest{60'000};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - monotonic_now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, kLongest).count());
}

}  // namespace

void EventLoop::watch(int fd, std::function<void()> ready) {
  sources_.push_back({fd, std::move(ready)});
}

void EventLoop::forget(int fd) {
  std::erase_if(sources_, [fd](const Source& source) { return source.fd == fd; });
}

void EventLoop::wait(std::optional<MonotonicTime> until) {
  std::vector<pollfd> polled;
  polled.reserve(sources_.size());
  for (const Source& source : sources_) polled.push_back({source.fd, POLLIN, 0});
  const int count = ::poll(polled.data(), polled.size(), milliseconds_until(until));
  if (count < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
  if (count <= 0) return;
  for (const pollfd& entry : polled) {
    if (entry.revents == 0) continue;
    // Looked up again each time: what ran before may have forgotten this one.
    const auto source = std::find_if(sources_.begin(), sources_.end(),
                                     [&](const Source& candidate) { return candidate.fd == entry.fd; });
    if (source == sources_.end()) continue;
    const auto ready = source->ready;
    ready();
  }
}

}  // namespace exo

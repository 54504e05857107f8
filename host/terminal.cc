#include "host/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "base/text.h"

namespace exo {
namespace {

constexpr int kLastWordsPatienceMs = 1000;
constexpr const char* kEraseLine = "\r\x1b[K";

bool can_redraw(int fd) {
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || *term == '\0' || std::string_view(term) == "dumb";
  return !dumb && ::isatty(fd) == 1;
}

}  // namespace

Terminal::Terminal(int fd, ColorMode mode)
    : fd_(fd), redraws_(can_redraw(fd)), style_(mode), writer_([this] { write_loop(); }) {}

Terminal::~Terminal() {
  {
    const std::lock_guard lock(mutex_);
    push_left_out();
    progress_.clear();
    stopping_ = true;
  }
  changed_.notify_one();
  writer_.join();
}

void Terminal::say(std::string_view text) {
  for (const std::string& line : own_lines(text)) push(style_.said(line));
}

void Terminal::warn(std::string_view text) {
  for (const std::string& line : own_lines(text)) push(style_.warned(line));
}

// As the terminal would break them, but between words, and each behind "exo: ".
std::vector<std::string> Terminal::own_lines(std::string_view text) const {
  constexpr std::size_t kPrefix = 5;
  const std::size_t width = columns();
  return wrapped(to_printable(text, style_.mode()), width > kPrefix ? width - kPrefix : 0);
}

void Terminal::output(const std::string& role, std::string_view text) {
  std::string line = style_.output(role, to_printable(text, style_.mode()));
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kQueueLimit) {
      ++left_out_;
      return;
    }
  }
  push(std::move(line));
}

void Terminal::push(std::string line) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < kQueueLimit) push_left_out();
    queue_.push_back(std::move(line));
  }
  changed_.notify_one();
}

// With the lock held.
void Terminal::push_left_out() {
  if (left_out_ == 0) return;
  queue_.push_back("exo: " + std::to_string(left_out_) +
                   " lines are not shown here, because the terminal was slow; the log files have them");
  left_out_ = 0;
}

std::size_t Terminal::columns() const {
  constexpr std::size_t kUsual = 80;
  if (!redraws_) return 0;
  winsize size{};
  const bool known = ::ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsual;
}

void Terminal::show_progress(std::string line) {
  if (!redraws_) return;
  {
    const std::lock_guard lock(mutex_);
    if (line == progress_) return;
    progress_ = std::move(line);
  }
  changed_.notify_one();
}

void Terminal::write_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty() || progress_ != drawn_; });
    if (queue_.empty() && progress_ == drawn_) return;
    const std::string batch = take_batch();
    lock.unlock();
    write_all(batch);
    lock.lock();
  }
}

// With the lock held. The lines, above the line of progress.
std::string Terminal::take_batch() {
  constexpr std::size_t kBatchBytes = 64 * 1024;
  std::string batch = drawn_.empty() ? "" : kEraseLine;
  while (!queue_.empty() && batch.size() < kBatchBytes) {
    batch += queue_.front();
    batch += '\n';
    queue_.pop_front();
  }
  drawn_ = progress_;
  return batch + drawn_;
}

void Terminal::write_all(std::string_view text) {
  using Clock = std::chrono::steady_clock;
  std::chrono::milliseconds waited{0};
  while (!text.empty() && !broken_) {
    pollfd writable{fd_, POLLOUT, 0};
    constexpr int kSliceMs = 100;
    const auto before = Clock::now();
    const int ready = ::poll(&writable, 1, kSliceMs);
    if (ready == 0) {
      waited += std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - before);
      const std::lock_guard lock(mutex_);
      if (stopping_ && waited.count() > kLastWordsPatienceMs) broken_ = true;
      continue;
    }
    const ssize_t written = ::write(fd_, text.data(), text.size() < 4096 ? text.size() : 4096);
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      waited = {};
    } else if (written < 0 && errno != EINTR && errno != EAGAIN) {
      broken_ = true;
    }
  }
}

}  // namespace exo

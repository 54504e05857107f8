#include "host/terminal.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace exo {
namespace {

constexpr std::array<const char*, 6> kRoleColors = {"\x1b[36m", "\x1b[33m", "\x1b[32m",
                                                    "\x1b[35m", "\x1b[34m", "\x1b[96m"};
constexpr const char* kBold = "\x1b[1m";
constexpr const char* kRed = "\x1b[31m";
constexpr const char* kReset = "\x1b[0m";
constexpr int kLastWordsPatienceMs = 1000;

// The length of the colour sequence at the start of `text`, 0 when there is none.
std::size_t color_sequence_length(std::string_view text) {
  if (text.size() < 3 || text[0] != '\x1b' || text[1] != '[') return 0;
  std::size_t end = 2;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == ';')) ++end;
  return end < text.size() && text[end] == 'm' ? end + 1 : 0;
}

std::string escaped(char character) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\x%02x",
                static_cast<unsigned>(static_cast<unsigned char>(character)));
  return text.data();
}

}  // namespace

ColorMode color_mode_of(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return ColorMode::kPlain;
  const char* term = std::getenv("TERM");
  if (term != nullptr && std::string_view(term) == "dumb") return ColorMode::kPlain;
  return ::isatty(fd) == 1 ? ColorMode::kColored : ColorMode::kPlain;
}

std::string to_printable(std::string_view text, ColorMode mode) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t color = color_sequence_length(text);
    if (color > 0) {
      if (mode == ColorMode::kColored) result += text.substr(0, color);
      text.remove_prefix(color);
      continue;
    }
    const char character = text.front();
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte != 0x7f) {
      result += character;
    } else if (character == '\t') {
      result += '\t';
    } else {
      result += escaped(character);
    }
    text.remove_prefix(1);
  }
  return result;
}

Terminal::Terminal(int fd, ColorMode mode) : fd_(fd), mode_(mode), writer_([this] { write_loop(); }) {}

Terminal::~Terminal() {
  {
    const std::lock_guard lock(mutex_);
    push_left_out();
    stopping_ = true;
  }
  changed_.notify_one();
  writer_.join();
}

void Terminal::reserve_column(std::size_t width) {
  if (width > column_) column_ = width;
}

void Terminal::say(std::string_view text) {
  const std::string line = "exo: " + to_printable(text, mode_);
  push(mode_ == ColorMode::kColored ? kBold + line + kReset : line);
}

void Terminal::warn(std::string_view text) {
  const std::string line = "exo: " + to_printable(text, mode_);
  push(mode_ == ColorMode::kColored ? std::string(kBold) + kRed + line + kReset : line);
}

void Terminal::output(const std::string& role, std::string_view text) {
  std::string prefix = role;
  if (prefix.size() < column_) prefix.append(column_ - prefix.size(), ' ');
  prefix += " | ";
  if (mode_ == ColorMode::kColored) prefix = color_of(role) + prefix + kReset;
  std::string line = prefix + to_printable(text, mode_);
  if (mode_ == ColorMode::kColored) line += kReset;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kQueueLimit) {
      ++left_out_;
      return;
    }
  }
  push(std::move(line));
}

const char* Terminal::color_of(const std::string& role) {
  const auto found = colors_.emplace(role, colors_.size()).first;
  return kRoleColors[found->second % kRoleColors.size()];
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

void Terminal::write_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::string batch;
    while (!queue_.empty() && batch.size() < 64 * 1024) {
      batch += queue_.front();
      batch += '\n';
      queue_.pop_front();
    }
    lock.unlock();
    write_all(batch);
    lock.lock();
  }
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

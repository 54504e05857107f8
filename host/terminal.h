// What `exo run` shows: its own lines, and the fleet's output with a coloured role before each line.
//
// Writing to a terminal can block for as long as a person holds it with Ctrl-S, and the host must not. So a
// thread of its own writes, from a bounded queue; when the queue is full, lines of output are left out here
// (never in the log files) and the next line says how many. A line of progress stays below all others and is
// drawn again, on a terminal only.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "host/line_style.h"

namespace exo {

// Owns a thread that writes to one descriptor, which it does not own. All functions may be called from one
// thread. A descriptor that fails (its reader has gone) is not written to any more; nothing else happens.
class Terminal {
 public:
  Terminal(int fd, ColorMode mode);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  // Writes what is queued, as long as the reader takes it within a second, then stops.
  ~Terminal();

  // Makes room for the longest of these names in the column of roles.
  void reserve_column(std::size_t width) { style_.reserve_column(width); }
  // A line of exo's own, or several where the terminal is too narrow for it. Control characters are shown
  // escaped.
  void say(std::string_view text);
  // As say(), in the colour of a failure.
  void warn(std::string_view text);
  // A line that a process wrote.
  void output(const std::string& role, std::string_view text);

  // The columns of the terminal now; 0 where the output is none, or one that cannot draw a line again.
  std::size_t columns() const;
  // What stands below all lines from now on, at most columns() wide; empty: nothing. Only where columns() is
  // not 0.
  void show_progress(std::string line);

 private:
  static constexpr std::size_t kQueueLimit = 10'000;  // lines of output; some seconds of a talkative fleet

  std::vector<std::string> own_lines(std::string_view text) const;
  void push(std::string line);
  void push_left_out();
  std::string take_batch();
  void write_loop();
  void write_all(std::string_view text);

  const int fd_;
  const bool redraws_;
  LineStyle style_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  std::size_t left_out_ = 0;
  std::string progress_;  // wanted
  std::string drawn_;     // on the terminal
  bool stopping_ = false;
  bool broken_ = false;
  std::thread writer_;
};

}  // namespace exo

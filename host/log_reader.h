// One log file, line by line, while it grows.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace exo {

// A line of a log: what was written, and when exo took it.
struct LogLine {
  UnixTime at;  // of a line without a time of its own, as before times were kept: that of the line before
  std::string text;  // as the process wrote it, byte by byte
};

// Reads what the keeper and the host append, and before it what was set aside (services/keeper/output_log.h),
// the oldest first. A file that is cut short is read from its beginning again, and one that another has taken
// the place of is read to its end before the other. Not thread-safe; blocks on the disk only.
class LogReader {
 public:
  // Error of base/files.h when the file is there and cannot be read.
  static Result<LogReader> open(std::string path);

  // The next line that is complete. Nothing when there is none now; later there may be.
  std::optional<LogLine> next();
  // What follows the last line end, as a line. For the end of the reading.
  std::optional<LogLine> rest();

 private:
  LogReader(std::string path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

  bool read_more();
  bool has_ended() const;
  bool begin_next();
  // The file to be read after the one that is open, which is none of this name any more.
  std::string successor() const;
  LogLine line_of(std::string_view text);

  std::string path_;
  UniqueFd file_;
  std::string buffer_;
  std::size_t taken_ = 0;     // bytes of the buffer that were given as lines
  std::size_t searched_ = 0;  // no line end is between `taken_` and here
  UnixTime last_;
};

}  // namespace exo

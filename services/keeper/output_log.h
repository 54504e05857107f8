// The file that a process's output goes to, written by the keeper so that a dead host breaks no pipe.
//
// Each line begins with the time at which the keeper took it, then a space, then the line as the process
// wrote it, byte by byte: "2026-11-20T21:02:59.407Z the page is ready".
//
// A file that has become long is set aside as "<path>.1", what was that as "<path>.2", and so on; what is
// older than the oldest of them is deleted, which the file that is begun then says in its first line.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "services/keeper/process_spec.h"

namespace exo {

// The file that was set aside `age` times; 0: the one that is written to.
std::string old_log_file(const std::string& path, unsigned age);

// An append-only text file. A disk that takes nothing more ends no process: the lines that could not be
// written are counted, said once, and named in the file when it takes lines again. Not thread-safe.
class OutputLog {
 public:
  // Opens or makes `path`; "" gives a log that keeps nothing. The error names the file and why.
  static Result<OutputLog> open(std::string path, LogBounds bounds = {});

  // Appends each line with its time and its end. Gives a sentence for people when writing begins to fail and
  // when it works again, nothing otherwise.
  std::optional<std::string> append(const std::vector<std::string>& lines, UnixTime taken);

  // What was appended is on the disk when it returns, as far as the disk took it.
  void sync();

 private:
  OutputLog(std::string path, UniqueFd file, LogBounds bounds);

  // The line that says what was deleted, if something was.
  std::string set_aside_when_long(const std::string& stamp);
  // Each file takes the name of the next older one; true when the oldest was deleted by that.
  bool make_older() const;
  // Whether the file that is written to is the one of this name; another process of the version may have set
  // it aside.
  bool is_at(const std::string& path) const;
  std::optional<std::string> failed(int error, std::size_t lines);

  std::string path_;
  UniqueFd file_;
  LogBounds bounds_;
  std::uint64_t long_at_ = 0;  // bytes; 0: never, it is no regular file
  std::uint64_t missing_ = 0;  // lines not written since writing began to fail; 0 while it works
  bool torn_ = false;          // the file ends within a line
};

}  // namespace exo

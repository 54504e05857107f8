// The file that a process's output goes to, written by the keeper so that a dead host breaks no pipe.
//
// Each line begins with the time at which the keeper took it, then a space, then the line as the process
// wrote it, byte by byte: "2026-11-20T21:02:59.407Z the page is ready".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace exo {

// An append-only text file. A disk that takes nothing more ends no process: the lines that could not be
// written are counted, said once, and named in the file when it takes lines again. Not thread-safe.
class OutputLog {
 public:
  // Opens or makes `path`; "" gives a log that keeps nothing. The error names the file and why.
  static Result<OutputLog> open(std::string path);

  // Appends each line with its time and its end. Gives a sentence for people when writing begins to fail and
  // when it works again, nothing otherwise.
  std::optional<std::string> append(const std::vector<std::string>& lines, UnixTime taken);

 private:
  OutputLog(std::string path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

  std::optional<std::string> failed(int error, std::size_t lines);

  std::string path_;
  UniqueFd file_;
  std::uint64_t missing_ = 0;  // lines not written since writing began to fail; 0 while it works
  bool torn_ = false;          // the file ends within a line
};

}  // namespace exo

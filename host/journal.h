// What the host says: to people on the terminal, and all of it to its own log file.
//
// A line of the file is "<time> <level> <text>"; the level is "info" for what people saw, "warning" for a
// failure that they saw, and "debug" for what is in the file only. A file that has become long is set aside
// (services/keeper/output_log.h).
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "host/terminal.h"
#include "services/keeper/output_log.h"

namespace exo {

// Used by the host's thread. Does not own the terminal. A log file that cannot be written costs its lines and
// nothing else; the terminal still shows them.
class Journal {
 public:
  // Error `io` when the file cannot be opened.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& file, LogBounds bounds,
                                               Terminal& terminal);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // For people, and the file.
  void say(std::string_view text);
  // A failure, for people and the file.
  void warn(std::string_view text);
  // For the file only.
  void note(std::string_view text);

 private:
  Journal(OutputLog log, Terminal& terminal) : log_(std::move(log)), terminal_(terminal) {}
  void write(std::string_view level, std::string_view text);

  OutputLog log_;
  Terminal& terminal_;
};

}  // namespace exo

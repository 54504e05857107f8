// What the host says: to people on the terminal, and all of it to its own log file.
//
// A line of the file is "<time> <level> <text>"; the level is "info" for what people saw, "warning" for a
// failure that they saw, and "debug" for what is in the file only.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "host/terminal.h"

namespace exo {

// Used by the host's thread. Does not own the terminal. A log file that cannot be written costs its lines and
// nothing else; the terminal still shows them.
class Journal {
 public:
  // Error `io` when the file cannot be opened.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& file, Terminal& terminal);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // For people, and the file.
  void say(std::string_view text);
  // A failure, for people and the file.
  void warn(std::string_view text);
  // For the file only.
  void note(std::string_view text);

 private:
  struct File;
  Journal(std::unique_ptr<File> file, Terminal& terminal);
  std::unique_ptr<File> file_;
  Terminal& terminal_;
};

}  // namespace exo

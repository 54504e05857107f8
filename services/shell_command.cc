#include "services/shell_command.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace exo {
namespace {

// What a shell does itself, and what only a shell understands at the beginning of a command (POSIX.1-2017,
// 2.4, 2.14 and the utilities of 2.9.1).
bool belongs_to_the_shell(std::string_view word) {
  if (word.empty() || word.find_first_of("={!") != std::string_view::npos) return true;
  static constexpr std::array kWords{
      ".",      ":",        "alias",   "bg",    "break",   "case", "cd",    "command", "continue",
      "do",     "done",     "elif",    "else",  "esac",    "eval", "exec",  "exit",    "export",
      "fc",     "fg",       "fi",      "for",   "getopts", "hash", "if",    "jobs",    "local",
      "read",   "readonly", "return",  "set",   "shift",   "then", "times", "trap",    "type",
      "ulimit", "umask",    "unalias", "unset", "until",   "wait", "while"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

}  // namespace

std::vector<std::string> shell_command(const std::string& command) {
  const bool several = command.find_first_of(";&|()<>`#\n") != std::string::npos;
  const bool program =
      !several && !belongs_to_the_shell(std::string_view(command).substr(0, command.find(' ')));
  return {"/bin/sh", "-c", program ? "exec " + command : command};
}

}  // namespace exo

#include "host/last_words.h"

#include <algorithm>
#include <string_view>

namespace exo {
namespace {

constexpr std::string_view kNodeVersion = "Node.js v";

// "    at main (file.js:1:2) {", "  code: 'ENOENT'", "}", or nothing.
bool is_of_stack(const std::string& line) {
  return line.empty() || line.front() == ' ' || line == "}";
}

}  // namespace

std::string last_words(const std::vector<std::string>& last_lines) {
  if (last_lines.empty()) return "";
  if (!last_lines.back().starts_with(kNodeVersion)) return last_lines.back();
  const auto error = std::find_if_not(last_lines.rbegin() + 1, last_lines.rend(), is_of_stack);
  return error == last_lines.rend() ? last_lines.back() : *error;
}

}  // namespace exo

#include "host/last_words.h"

#include <algorithm>
#include <string_view>

namespace exo {
namespace {

constexpr std::string_view kNodeVersion = "Node.js v";

constexpr std::string_view kFrame = "    at ";

bool is_frame(const std::string& line) {
  return line.starts_with(kFrame);
}

// Nothing, or how to see more of something that was thrown and is no error.
bool is_beside(const std::string& line) {
  return line.empty() || line.starts_with("(Use `node ");
}

}  // namespace

std::string last_words(const std::vector<std::string>& last_lines) {
  if (last_lines.empty()) return "";
  if (!last_lines.back().starts_with(kNodeVersion)) return last_lines.back();
  const auto frame = std::find_if(last_lines.begin(), last_lines.end(), is_frame);
  if (frame == last_lines.begin()) return last_lines.back();  // the error is further up
  if (frame != last_lines.end()) return *(frame - 1);
  const auto thrown = std::find_if_not(last_lines.rbegin() + 1, last_lines.rend(), is_beside);
  return thrown == last_lines.rend() ? last_lines.back() : *thrown;
}

}  // namespace exo

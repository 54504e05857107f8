#include "base/hanging_lines.h"

#include <algorithm>

#include "base/text.h"

namespace exo {

std::string hanging_lines(const std::string& beginning, std::string_view text, std::size_t columns,
                          std::size_t indent) {
  constexpr std::size_t kFewestForWords = 20;
  if (columns < indent + kFewestForWords) return beginning + std::string(text) + "\n";
  std::string result = beginning;
  bool is_first = true;
  for (const std::string& line : wrapped(text, columns - std::max(indent, count_characters(beginning)))) {
    const std::size_t begins = is_first ? 0 : line.find_first_not_of(' ');  // wrapped() has its own indent
    result += (is_first ? "" : std::string(indent, ' ')) + line.substr(begins) + "\n";
    is_first = false;
  }
  return result;
}

}  // namespace exo

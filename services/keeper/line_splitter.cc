#include "services/keeper/line_splitter.h"

#include <algorithm>
#include <utility>

namespace exo {

std::vector<std::string> LineSplitter::feed(std::string_view bytes) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = bytes.find('\n');
    take(bytes.substr(0, end), lines);
    if (end == std::string_view::npos) return lines;
    lines.push_back(std::exchange(partial_, {}));
    bytes.remove_prefix(end + 1);
  }
}

std::vector<std::string> LineSplitter::finish() {
  std::vector<std::string> lines;
  if (!partial_.empty()) lines.push_back(std::exchange(partial_, {}));
  return lines;
}

// Cuts only when a further byte is there, so that a line of exactly the limit stays whole.
void LineSplitter::take(std::string_view bytes, std::vector<std::string>& lines) {
  while (partial_.size() + bytes.size() > kMaxOutputLine) {
    const std::size_t room = kMaxOutputLine - partial_.size();
    partial_ += bytes.substr(0, room);
    partial_ += kCutMark;
    lines.push_back(std::exchange(partial_, {}));
    bytes.remove_prefix(room);
  }
  partial_ += bytes;
}

}  // namespace exo

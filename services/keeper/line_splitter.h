// Turns a process's output, which arrives in arbitrary chunks of arbitrary bytes, into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace exo {

// A longer line is cut into several, so that a process that never ends its line costs bounded memory. Nothing
// is lost: the next piece goes on where the one before it was cut.
inline constexpr std::size_t kMaxOutputLine = std::size_t{64} * 1024;

// Ends each piece but the last of a line that was cut.
inline constexpr std::string_view kCutMark = " [exo: the line goes on]";

// The bytes of one stream since its last line end. Not thread-safe.
class LineSplitter {
 public:
  // Takes the next bytes and gives the lines that they complete, without their ends.
  std::vector<std::string> feed(std::string_view bytes);

  // The stream has ended: gives what came after the last line end, if anything did.
  std::vector<std::string> finish();

 private:
  void take(std::string_view bytes, std::vector<std::string>& lines);

  std::string partial_;  // at most kMaxOutputLine bytes, none of them a line end
};

}  // namespace exo

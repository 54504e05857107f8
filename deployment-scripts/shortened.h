// Text of unknown length made fit for a line or a record.
#pragma once

#include <cstddef>
#include <string>

namespace exo {

// `text` cut at a whole UTF-8 character when it is longer than `limit` bytes, with a note of how much is left
// out: nothing is cut short without a trace.
std::string shortened(const std::string& text, std::size_t limit);

}  // namespace exo

// Text for a terminal of some width: broken at words, each further line further in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace exo {

// `text` behind `beginning`, in lines of at most `columns` characters, each ended; those after the first are
// indented by `indent`. Columns 0 (no terminal), or too few for words beside the indent, break nothing.
std::string hanging_lines(const std::string& beginning, std::string_view text, std::size_t columns,
                          std::size_t indent);

}  // namespace exo

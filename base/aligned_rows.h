// Rows of cells as people read them in a fixed-width font. Pure.
#pragma once

#include <string>
#include <vector>

namespace exo {

// A line for each row, without its end: each cell but the last is followed by two spaces or more, so that
// each column begins below itself. Counts characters, not bytes. All rows have as many cells.
std::vector<std::string> aligned_rows(const std::vector<std::vector<std::string>>& rows);

}  // namespace exo

// What a process that crashed has to say of it. Pure.
#pragma once

#include <string>
#include <vector>

namespace exo {

// Of the last lines of its output the one that says what went wrong: the last one; of a Node.js that ends by
// an uncaught error, which prints its stack and its own version behind that, the error's. Empty where there
// are none.
std::string last_words(const std::vector<std::string>& last_lines);

}  // namespace exo

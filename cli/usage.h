// What is said to who types a command that is none: the wrong word, and the nearest right one.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace exo {

// `words` are those behind the program's name. A sentence without "exo: " before it.
std::string usage_error(const CLI::App& exo, const CLI::ParseError& error,
                        const std::vector<std::string>& words);

}  // namespace exo

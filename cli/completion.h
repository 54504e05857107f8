// Completion in the shell: the script that `exo completion` prints calls `exo --complete WORD…`, which
// answers with a candidate a line, its description behind a tab, and ":folders" where names of folders fit
// too.
//
// So all shells know the same, it follows the verbs by itself, and the scripts stay small. The words of an
// application (roles, versions, runs, messages) are looked up at that moment.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace exo {

inline constexpr const char* kCompleteFlag = "--complete";

// What is behind kCompleteFlag, the last word up to the cursor. Prints nothing where nothing fits, and never
// an error: somebody is typing. Returns the exit code.
int print_candidates(const CLI::App& exo, const std::vector<std::string>& words);

}  // namespace exo

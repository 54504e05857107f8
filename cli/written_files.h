// How the verbs that make files tell of them.
#pragma once

#include <filesystem>
#include <string>

#include "base/new_files.h"

namespace exo {

// Prints each file that was made, changed or left as it was, as reached from the working directory, then what
// to do `next`. Returns the exit code.
int print_written(const WrittenFiles& files, const std::string& next);

// "cd FOLDER && ", or nothing when that is the working directory.
std::string go_to(const std::filesystem::path& folder);

}  // namespace exo

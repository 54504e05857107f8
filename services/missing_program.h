// The programs that run commands start, looked for before anything is started.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mistake.h"
#include "services/application.h"
#include "services/environment_variables.h"

namespace exo {

// The program that `command` starts, its first word; nothing when only a shell could say what that is.
std::optional<std::string> program_of(const std::string& command);

// Where programs are looked for by an instance of this version.
std::string path_of(const ServiceVersion& version, const Variables& own_environment);

// What is wrong with a program that a process in `folder` with this PATH would start, and how to mend it, in
// a sentence; empty when it can be started. Blocks on the disk.
std::string fault_of_program(const std::string& program, const std::string& folder, const std::string& path);

// For each service version whose program is not there. It is no mistake of the application: the version fails
// by itself, and takes nothing from those beside it.
std::vector<Notice> missing_programs(const Application& application, const Variables& own_environment);

}  // namespace exo

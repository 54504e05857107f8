// What exo needs of the machine, whatever the application is.
#pragma once

#include <cstddef>
#include <vector>

#include "host/diagnosis.h"
#include "host/launcher.h"

namespace exo {

// The kernel's features and a folder for sockets.
std::vector<Finding> diagnose_machine();

// How many files and processes this user may have, against what `instances` of services and their scripts
// take.
std::vector<Finding> diagnose_limits(std::size_t instances);

// Whether the language's relay works here. `is_needed` makes what does not work lacking; else it is a note.
enum class Need { kNeeded, kNotNeeded };
Finding diagnose_node(const Installation& installation, Need need);
Finding diagnose_python(const Installation& installation, Need need);

}  // namespace exo

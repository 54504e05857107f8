// What can be read of an application whose files have mistakes.
#pragma once

#include <string>

#include "services/application.h"

namespace exo {

// The roles with a version whose service.yml is YAML, with what is wrong in it left at its default. For
// finding more mistakes beside those of load_application(); nothing may be started from it. Blocks on the
// disk.
Application readable_application(const std::string& folder);

}  // namespace exo

// What application.yml and service.yml may ask for in the Exosphere tools and exo does nothing about. It is
// no mistake, since such files run as they are; but who relies on it should be able to learn of it.
#pragma once

#include "services/configuration_file.h"

namespace exo {

// Notes in `file` each such key below `map`: the root of a file, or a role of application.yml.
void note_unhonoured_keys(ConfigurationFile& file, const Field& map);

}  // namespace exo

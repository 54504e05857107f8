// What `exo check` prints: for people a line for each mistake and warning and one that sums up; for machines
// one JSON object (docs/checking.md).
#pragma once

#include <string>

#include "host/application_check.h"

namespace exo {

// "web/service.yml:4: development.port: …", "web/service.yml:9: warning: …", and "2 mistakes, 1 warning: …".
std::string to_text(const ApplicationCheck& check);

// On one line, without its end.
std::string to_json(const ApplicationCheck& check);

}  // namespace exo

// What `exo check` prints: for people a line for each mistake and warning and one that sums up; for machines
// one JSON object (docs/checking.md).
#pragma once

#include <cstddef>
#include <string>

#include "host/application_check.h"

namespace exo {

// "web/service.yml:4: development.port: …", "web/service.yml:9: warning: …", and "2 mistakes, 1 warning: …".
// `columns` is the width of the terminal: lines are broken at words; 0: none are.
std::string to_text(const ApplicationCheck& check, std::size_t columns = 0);

// On one line, without its end.
std::string to_json(const ApplicationCheck& check);

}  // namespace exo

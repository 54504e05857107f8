// The unit by which systemd runs `exo host` for one environment, see systemd.unit(5), systemd.service(5) and
// systemd.exec(5). Pure: it reads and writes nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace exo {

struct ServiceUnit {
  std::string application;         // its name
  std::string environment;         // as -e takes it
  std::string folder;              // of the application, absolute
  std::string program;             // exo's own, absolute
  std::vector<std::string> words;  // what exo host gets besides
  std::string user;                // empty: whose systemd it is
  std::map<std::string, std::string> variables;
  enum class Of { kSystem, kUser };
  Of of = Of::kSystem;
};

// "exo-shop-production.service": what systemd does not take in a name becomes '-'.
std::string unit_name(const ServiceUnit& unit);

// The text of the unit's file: a stop or a restart ends the host alone, and the next one finds the fleet
// again. Error `usage` for a value that no unit can hold: one with a line's end or another control character.
Result<std::string> render(const ServiceUnit& unit);

// Whether a unit's file was written by render(), so that it may be written anew.
bool is_rendered(const std::string& text);

}  // namespace exo

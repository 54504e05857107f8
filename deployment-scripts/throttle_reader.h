// Reads `throttle:` of a settings file, see throttle_settings.h.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/yaml_document.h"
#include "deployment-scripts/throttle_settings.h"

namespace exo {

// What is wrong, at its place; the message says what was expected.
using AddMistake = std::function<void(int line, const std::string& key, const std::string& value,
                                      const std::string& message)>;

// `key` is the path to it, `file` the name of the file. Sets nothing where there is a mistake; "off" sets
// none.
void read_throttle(const YamlNode& value, const std::string& key, const std::string& file,
                   const AddMistake& add, std::optional<ThrottleSettings>& into);

}  // namespace exo

// A deployment script that is a folder: what its own service.yml says.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/unix_user.h"
#include "deployment-scripts/script_settings.h"

namespace exo {

struct ScriptFolder {
  std::string command;  // development.scripts.run
  Place command_place;
  std::vector<std::string> sends;  // of messages.sends and dependency-data.exocom.sends, each once
  std::map<std::string, Place> sends_places;
  WantedUser user;
  std::vector<Mistake> mistakes;  // the rest is good exactly when this is empty
};

// Reads the text of its service.yml; `file` is its name in mistakes. Keys that only services need are
// ignored.
ScriptFolder parse_script_folder(std::string_view text, const std::string& file);

}  // namespace exo

// What a service may say and what it hears, as application.yml and service.yml spell it between them:
// `dependency-data.exocom`, `messages` and the older `message-translation` list all mean this.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/configuration_file.h"
#include "services/service_version.h"

namespace exo {

// A value that grows as blocks are read into it. What two blocks both say counts once.
struct MessageContract {
  struct PlacedTranslation {
    MessageTranslation names;
    std::string file;
    int line = 0;
  };

  std::vector<std::string> sends;
  std::map<std::string, Place> sends_places;  // where each is written first
  std::vector<std::string> receives;
  std::vector<std::string> at_least_once;  // those of them that are delivered again when an instance dies
  std::vector<PlacedTranslation> translations;
};

// Reads a block with the keys sends, receives and translations; each may be absent. An item of receives is a
// name, or a map with a name and how it is delivered.
void read_contract(ConfigurationFile& file, const Field& block, MessageContract& into);

// Reads a list of {public, internal}. Two translations that share one name but not both are a mistake,
// because it could not be said which one a message means.
void read_translations(ConfigurationFile& file, const Field& list, MessageContract& into);

// For each translation of a name that the service neither sends nor receives, which is most likely
// misspelled.
std::vector<Notice> unused_translations(const MessageContract& contract);

}  // namespace exo

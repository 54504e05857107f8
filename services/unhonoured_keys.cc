#include "services/unhonoured_keys.h"

#include <array>

#include "base/text.h"

namespace exo {
namespace {

struct UnhonouredKey {
  const char* path;
  const char* meaning;
};

constexpr const char* kDependencies =
    "exo starts no databases or other programs beside the services; start them yourself, and tell the "
    "services "
    "where they are under local.environment-variables";
constexpr const char* kCloud = "exo deploys to no cloud; this is not read";
constexpr const char* kContainers = "exo runs services as processes, not in containers; this is not read";

constexpr std::array kUnhonoured{
    UnhonouredKey{"dependencies", kDependencies},
    UnhonouredKey{"development.dependencies", kDependencies},
    UnhonouredKey{"local.dependencies", kDependencies},
    UnhonouredKey{"production", kCloud},
    UnhonouredKey{"remote", kCloud},
    UnhonouredKey{"environment.production", kCloud},
    UnhonouredKey{"environment.remote", kCloud},
    UnhonouredKey{"docker", kContainers},
    UnhonouredKey{"setup", "exo does not set services up; do it before exo run"},
    UnhonouredKey{"tests", "exo does not run the tests of services"},
    UnhonouredKey{"restart", "exo starts an instance again when it has ended, and watches no files"},
    UnhonouredKey{"templates", "exo makes no services from templates of the application"},
    UnhonouredKey{"namespace", "exo knows no namespaces; messages have the names that `translations` give"},
    UnhonouredKey{"silenced", "exo shows the output of every service"},
};

}  // namespace

void note_unhonoured_keys(ConfigurationFile& file, const Field& map) {
  for (const UnhonouredKey& key : kUnhonoured) {
    Field field = map;
    int line = 0;
    for (const std::string_view word : split(key.path, '.')) {
      const YamlEntry* entry = field.node == nullptr ? nullptr : field.node->find(word);
      line = entry == nullptr ? 0 : entry->line;
      field = ConfigurationFile::at(field, word);
    }
    if (!field.is_absent()) file.add_unhonoured(line, field.key, key.meaning);
  }
}

}  // namespace exo

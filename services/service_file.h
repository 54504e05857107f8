// Reads one service.yml.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/configuration_file.h"
#include "services/message_contract.h"
#include "services/service_version.h"

namespace exo {

// Names and values of environment variables in the order written, and the names of secrets.
struct EnvironmentBlock {
  std::vector<std::pair<std::string, std::string>> variables;  // each name once
  std::vector<std::string> secrets;                            // each once
  std::map<std::string, Place> secret_places;
};

// What application.yml says about a service, before its own file is read.
struct ServiceContext {
  // A role with a list of versions needs to know which is which.
  enum class VersionRule { kMayBeMissing, kMustBeStated };

  std::string role;
  std::string folder;               // absolute
  std::optional<ServiceType> type;  // from the older layout's public, private and worker sections; wins
  VersionRule version_rule = VersionRule::kMayBeMissing;
  MessageContract contract;
  EnvironmentBlock environment;
};

// Reads a block with the keys environment-variables and secrets (`local` in both files); a later value of a
// variable replaces the earlier one. Other keys are left to the caller to judge.
void read_environment(ConfigurationFile& file, const Field& block, EnvironmentBlock& into);

// What the loaded file describes. Mistakes and notices go into `file`; the value returned is whole only when
// it has none.
ServiceVersion read_service_file(ConfigurationFile& file, const ServiceContext& context);

}  // namespace exo

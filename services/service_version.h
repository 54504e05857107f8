// One version of a service, as its service.yml describes it: what to run, what it says and hears on the bus,
// and what it needs around it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/mistake.h"
#include "base/semantic_version.h"
#include "services/artifact_rules.h"
#include "services/service_needs.h"

namespace exo {

// How far a service reaches. kPublic has a port that exo forwards from; kPrivate and kWorker are reached over
// the bus and, where they listen, at the port that exo gives each instance.
enum class ServiceType { kPublic, kPrivate, kWorker };

// Whose folder EXO_DATA names: one per role, which every version of it shares, or one per version.
enum class DataSharing { kShared, kOwn };

// A service's word for a message, and the word that the rest of the application has for it.
struct MessageTranslation {
  std::string public_name;
  std::string internal_name;

  bool operator==(const MessageTranslation&) const = default;
};

// The defaults where service.yml says nothing.
inline constexpr std::chrono::seconds kDefaultReadiness{60};
inline constexpr std::chrono::seconds kMaxReadiness{3600};

// A value, read once; nothing in it changes while the version runs. Names in `sends`, `receives` are
// internal.
struct ServiceVersion {
  std::string role;
  SemanticVersion version;
  bool version_stated = true;  // false: service.yml has no `version`, and 0.0.1 was taken

  std::string folder;        // absolute; the working directory of its instances
  std::string copy_of;       // digest of the artifact that the folder is a copy of; empty: the working tree
  std::string service_file;  // its service.yml, as mistakes name it
  std::string description;   // may be empty

  ServiceType type = ServiceType::kWorker;
  std::string run_command;   // for `/bin/sh -c "exec <command>"`; never empty
  int run_command_line = 0;  // where it is written in service_file
  std::uint16_t port = 0;    // development.port; 0 when not stated
  int port_line = 0;         // where it is written in service_file; 0 when not stated

  std::vector<std::string> sends;
  std::map<std::string, Place> sends_places;  // where each of them is written
  std::vector<std::string> receives;
  std::vector<std::string> at_least_once;  // those of them that are delivered again when an instance dies
  std::vector<MessageTranslation> translations;

  // Name and value, in the order written; those of application.yml first, and each name once (the service's
  // own value wins).
  std::vector<std::pair<std::string, std::string>> environment_variables;
  std::vector<std::string> secrets;  // names that exo's own environment must hold; each once
  std::map<std::string, Place> secret_places;

  DataSharing data = DataSharing::kShared;
  std::vector<RequiredServiceVersion> required_versions;
  std::chrono::seconds readiness = kDefaultReadiness;  // how long an instance may take to be ready
  supervision::ReadinessRules ready;                   // what it takes beside registering
  supervision::RestartRules restarts;
  std::chrono::milliseconds stop_within = supervision::kDefaultStopWithin;
  std::vector<ServiceDependency> dependencies;  // each role once
  ServiceLimits limits;
  WantedUser user;
  ArtifactRules artifact;
};

// "todo-search@0.0.1", as people see it.
std::string to_string(const ServiceVersion& version);

// The name of the folder that EXO_DATA leads to: "todo-search" where the versions of the role share one,
// "todo-search-0.0.1" where each has its own.
std::string data_folder_of(const ServiceVersion& version);

// The word of service.yml: "public", "private", "worker".
const char* to_string(ServiceType type);

}  // namespace exo

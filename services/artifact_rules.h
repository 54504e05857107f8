// What goes into the artifact of a service version: `artifact` of service.yml.
//
//     artifact:
//       files: [server.js, lib]        instead of what git tracks; service.yml is always there
//       build: npm ci --omit=dev       run in a copy of these; what it leaves there goes in, too
//       within: 1h                     how long that may take
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace exo {

class ConfigurationFile;
struct Field;

inline constexpr std::chrono::milliseconds kDefaultBuildWithin = std::chrono::hours(1);

struct ArtifactRules {
  // Files, and folders with all below them, relative to the service's folder; nullopt: what git tracks.
  std::optional<std::vector<std::string>> files;
  std::string build;   // for /bin/sh; empty: nothing is to be built
  int build_line = 0;  // where it is written in service.yml; 0 when not stated
  std::chrono::milliseconds build_within = kDefaultBuildWithin;
};

// Mistakes go to the file.
ArtifactRules read_artifact_rules(ConfigurationFile& file, const Field& artifact);

}  // namespace exo

// An application: a folder with an application.yml that names its services, each in a folder with a
// service.yml.
//
// The files have the format of the Exosphere tools, of both its layouts (`services: {role: {location}}` and
// `services: {public: {role: {location}}, private: …, worker: …}`), so that an application written for them
// runs as it is. exo adds `versions:` to a role and `logs:` in application.yml, and `version`, `data`,
// `requires` and `readiness` to service.yml. Keys that the Exosphere tools know and exo has no use for are
// accepted; a key that neither knows is a mistake, because it is one that is misspelled.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mistake.h"
#include "services/service_version.h"

namespace exo {

// One responsibility and the versions of it that the application's folder holds.
struct Role {
  std::string name;
  std::vector<ServiceVersion> versions;  // at least one, oldest first, no two of the same precedence

  bool is_public = false;         // some version is public: exo listens for the role
  std::uint16_t public_port = 0;  // 0 with is_public: exo chooses a free one
  std::string port_file;          // where public_port is written; empty when it is 0
  int port_line = 0;
};

// A value; whoever loads it owns it. Names no file that was not there when it was read.
struct Application {
  std::string name;
  std::string folder;       // absolute, without symbolic links
  std::vector<Role> roles;  // in the order of application.yml
  LogSettings logs;

  // Null when there is no such role or version; the pointer is good as long as the application is.
  const Role* find_role(std::string_view name) const;
  const ServiceVersion* find_version(std::string_view role, std::string_view version) const;
};

// What reading the folder gave. `application` is there exactly when `mistakes` is empty.
struct LoadedApplication {
  std::optional<Application> application;
  std::vector<Mistake> mistakes;   // all of all files, in the order of the files and of the lines in them
  std::vector<Notice> notices;     // to be shown, also when all is well
  std::vector<Notice> unhonoured;  // keys of the Exosphere tools that exo accepts and does nothing about
};

// What a version runs from instead of its folder in the working tree.
struct FolderCopy {
  std::string folder;    // absolute; holds its service.yml
  std::string artifact;  // digest of the artifact that it is unpacked from
};
// By role and folder in the working tree, absolute and without symbolic links.
using FolderCopies = std::map<std::pair<std::string, std::string>, FolderCopy>;

// Reads application.yml and every service.yml it leads to, that of the copy where there is one. Blocks on the
// disk; writes nothing. What the files or the folder lack is a mistake, never an exception.
LoadedApplication load_application(const std::string& folder, const FolderCopies& copies = {});

// The limits of what is read, so that no file can take the host down.
inline constexpr std::size_t kMaxYamlFileBytes = 1024 * 1024;
inline constexpr std::size_t kMaxNameBytes = 255;  // the wire's limit for names
inline constexpr std::size_t kMaxRoleBytes = 63;   // a role and a version together name files and a script
inline constexpr std::size_t kMaxRoles = 1000;

}  // namespace exo

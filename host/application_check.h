// Everything about an application that can be known to be wrong before any of it runs. `exo check` prints it
// and `exo run` refuses because of it, so that the two never differ.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mistake.h"
#include "deployment-scripts/script_catalog.h"
#include "host/service_users.h"
#include "host/state_custody.h"
#include "host/state_folder.h"
#include "services/application.h"
#include "services/environment_variables.h"

namespace exo {

struct ArtifactCopies;

// Whether it is looked whether the public ports are free, which listens at them for a moment.
enum class PortCheck { kNone, kTakenPorts };

struct CheckOptions {
  std::filesystem::path application;           // absolute
  std::map<std::string, std::uint16_t> ports;  // public ports that the command line gives
  Variables environment;                       // what exo itself was started with
  uid_t user = ::geteuid();                    // who exo is
  std::optional<StateFolder> state = {};       // of the environment that is meant; absent: none
  PortCheck port_check = PortCheck::kNone;
  std::vector<std::string> only =
      {};  // the part whose requirements count, as of keep_only(); empty: all of it
  const ArtifactCopies* copies = nullptr;  // what versions run from; null: the working tree
};

// A mistake keeps everything from starting. A warning is about what would not work while the rest does, or is
// read in a way its writer should know of.
struct ApplicationCheck {
  std::optional<Application> application;  // there when its own files have no mistake
  ScriptCatalog catalog;                   // good when `mistakes` is empty
  ServiceUsers users;                      // of the services that could be read
  std::vector<Mistake> mistakes;           // all of all services that could be read, by file and line
  std::vector<Notice> warnings;
  std::vector<CustodyGap> gaps;    // ways past the users of services; among the mistakes and warnings, too
  std::vector<Notice> unhonoured;  // keys that exo accepts and does nothing about
};

// Blocks on the disk; writes and starts nothing.
ApplicationCheck check_application(const CheckOptions& options);

std::vector<VersionKey> versions_of(const Application& application);

// The mistakes as `exo run` tells them: how many there are, then each on a line.
Error to_error(const std::vector<Mistake>& mistakes);

}  // namespace exo

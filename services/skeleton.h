// What `exo init` and `exo add` make: an application, and services that run as they are.
//
// A skeleton is a folder of services/skeletons/: a service of the role `greeter` in one language, complete
// and running. A new service is a copy of it in which every `greeter` is the new role.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/new_files.h"
#include "base/result.h"

namespace exo {

// The words after --lang: "js", "py", "cpp".
std::vector<std::string> skeleton_languages();

// Makes an application.yml in `folder`, and the folder where it is missing. Errors: `taken` when there is one
// already, and those of base/files.h.
Result<WrittenFiles> make_application(const std::filesystem::path& folder);

struct NewService {
  std::filesystem::path application;  // folder with an application.yml
  std::filesystem::path skeletons;    // of exo
  std::string role;
  std::string language;
};

// Makes the service's files and adds it to application.yml. Never overwrites: on an error nothing is left of
// what was made. Errors: `usage` for a role or language that is none; `taken` for a role or file that is
// there; `by-hand` and `malformed` for the application.yml; and those of base/files.h.
Result<WrittenFiles> make_service(const NewService& service);

}  // namespace exo

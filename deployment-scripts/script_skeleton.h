// What `exo script new` makes: a deployment script that runs as it is, and a spec beside it that it passes.
//
// The skeletons are in deployment-scripts/skeletons/, for the version 1.2.3 of a role `greeter`; what is new
// is a copy in which these are the new role and version.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/new_files.h"
#include "base/result.h"
#include "deployment-scripts/version_key.h"

namespace exo {

// The words after --language: "js", "py".
std::vector<std::string> script_languages();

struct NewScript {
  std::filesystem::path application;  // absolute
  std::filesystem::path skeletons;    // of exo
  VersionKey brings_in;               // a role and a semantic version
  std::string language;
};

// Makes the script, and its spec and the file of nouns where they are not there yet: whoever wrote the spec
// first keeps it. On an error nothing is left of what was made. Errors: `usage` for a language that is none;
// `taken` when the version has a script already; and those of base/files.h.
Result<WrittenFiles> make_script(const NewScript& wanted);

}  // namespace exo

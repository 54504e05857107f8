// The deployment script of one version, as its files are at this moment.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "deployment-scripts/script.h"
#include "deployment-scripts/version_key.h"

namespace exo {

// Empty where the application has none for the version. Error `mistakes` with those of its own files,
// a line each; those of other scripts are not looked at. Blocks on the disk.
Result<std::optional<Script>> read_script(const std::filesystem::path& application,
                                          const VersionKey& version);

// Whether a host that began with `known` can go on with `now`: what it may send, how it is started, as which
// user, and after which others is settled when the host begins. Error `needs-restart`.
Result<void> check_replacement(const Script& known, const Script& now);

}  // namespace exo

// What this machine lacks for one application: `exo doctor`.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "host/diagnosis.h"
#include "host/state_folder.h"

namespace exo {

// Looks at everything; without `state`, which names the application, only at what exo itself needs. Starts
// interpreters to ask what they can load, opens and closes ports and sockets, and leaves nothing behind.
Diagnosis diagnose(const std::optional<StateFolder>& state);
// Of an application whose state this user may not enter, because of `closed`: all but that.
Diagnosis diagnose_without_state(const std::filesystem::path& application, const Error& closed);

}  // namespace exo

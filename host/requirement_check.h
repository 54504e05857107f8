// Whether what versions require can come at all, by the application's files and by the ledger.
#pragma once

#include <string>
#include <vector>

#include "base/mistake.h"
#include "deployment-scripts/script_catalog.h"
#include "host/state_folder.h"
#include "services/application.h"

namespace exo {

// A mistake for each version that is required, and neither in the application nor there by the ledger of
// `state`; see missing_requirements(). Of a part of the application (`only`, as of keep_only(); empty: all of
// it) what that part requires. Reads the ledger only where the files leave it open; one that cannot be read
// is named by whoever opens it, and here nothing is missing then. Blocks on the disk, writes nothing.
std::vector<Mistake> wrong_requirements(const Application& application, const ScriptCatalog& catalog,
                                        const std::vector<std::string>& only, const StateFolder& state);

}  // namespace exo

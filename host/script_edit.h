// What follows of an edit in deployment-scripts/ while a host runs. A process of a script is started from the
// files as they are at that moment; how it is started, its settings, and which scripts there are is read when
// the host begins, and of one script again when a person decides about it.
#pragma once

#include <string>
#include <vector>

#include "deployment-scripts/script_catalog.h"

namespace exo {

// For people, a line for each script, or for all other files together: "deployment-scripts/todo-0.0.1.js has
// changed; …". `files` are relative to deployment-scripts/; `catalog` is what the host began with. Nothing of
// specs and what belongs to them, which no host reads. Pure.
std::vector<std::string> describe_script_edits(const std::vector<std::string>& files,
                                               const ScriptCatalog& catalog);

}  // namespace exo

// A part of an application: what `exo run --only` brings in.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/script_catalog.h"
#include "services/application.h"

namespace exo {

// Takes everything out of the application and its scripts that is not `wanted`: roles, which mean all of
// their versions, and single versions ("todo@0.0.1"), with what these depend on: the versions that they
// require, and the roles that they wait for, all versions of a role of which none is wanted. An empty list
// wants everything. Returns the versions that it has taken out. Error `usage` for a name that is none; then
// nothing is taken out.
Result<std::vector<VersionKey>> keep_only(const std::vector<std::string>& wanted, Application& application,
                                          ScriptCatalog& scripts);

}  // namespace exo

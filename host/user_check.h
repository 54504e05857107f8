// What can be known to be wrong about the users that services are to run as, before any of them runs.
#pragma once

#include <vector>

#include "base/mistake.h"
#include "deployment-scripts/script_catalog.h"
#include "host/service_users.h"
#include "host/state_custody.h"
#include "services/application.h"
#include "services/environment_variables.h"

namespace exo {

struct UserFindings {
  std::vector<Mistake> mistakes;
  std::vector<Notice> warnings;
  std::vector<CustodyGap> gaps;  // told among the mistakes and warnings, too
};

// A mistake: a user that is not there, one that exo may not become, one that may not enter the folder it is
// to run in, and two of them who would share one data folder; a state that is not exo's alone, or that a
// service's user may put another in the place of. A warning: a file that a service's command names, or what
// lies in exo's own folder, is closed to its user; what decides who runs as whom is open to it; a limit that
// does not bind root.
// Where exo is root this tries what each user may do, so it takes one thread (see user_access.h) and blocks.
// `state` is null where no environment is meant.
UserFindings check_users(const Application& application, const ScriptCatalog& catalog,
                         const ServiceUsers& users, const Variables& environment, const StateFolder* state);

}  // namespace exo

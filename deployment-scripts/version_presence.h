// Whether a version can be run here at all. A decision that needs its script is refused where it cannot, and
// one that was made before waits, and is told as something that waits. Pure.
#pragma once

#include <string>

#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/version_key.h"

namespace exo {

enum class VersionPresence {
  kInApplication,
  kWithoutScript,  // the application holds it, and no deployment script of it any more
  kLeftOut,        // the application holds it, and the host that runs leaves it out: --only
  kMissing,        // the application does not hold it
};

// Why no script of the version can run, and what to do about that; empty where one can.
std::string why_it_cannot_run(const VersionKey& version, VersionPresence presence);

// The same of an undo that is decided and not done; empty where there is none, and where nothing hinders it.
std::string why_undo_waits(const VersionKey& version, const RecordedVersion& record,
                           VersionPresence presence);

}  // namespace exo

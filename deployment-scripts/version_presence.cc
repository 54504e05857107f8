#include "deployment-scripts/version_presence.h"

#include "base/check.h"

namespace exo {

std::string why_it_cannot_run(const VersionKey& version, VersionPresence presence) {
  switch (presence) {
    case VersionPresence::kInApplication:
      return "";
    case VersionPresence::kWithoutScript:
      return "its script is not in the application; put deployment-scripts/" + version.role + "-" +
             version.version + " back, and start exo again";
    case VersionPresence::kLeftOut:
      return "it is left out by the host that runs; start exo again without --only";
    case VersionPresence::kMissing:
      return "it is not in the application; put it back into application.yml, under \"versions:\" of " +
             version.role + ", with its files and its script, and start exo again";
  }
  EXO_CHECK(false);
}

std::string why_undo_waits(const VersionKey& version, const RecordedVersion& record,
                           VersionPresence presence) {
  if (!record.undo_open) return "";
  const std::string why = why_it_cannot_run(version, presence);
  return why.empty() ? "" : "its undo waits: " + why;
}

}  // namespace exo

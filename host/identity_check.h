// Whether what the application holds is what was brought into a hosted environment under the same versions.
//
// In `local` a difference is drift, which is told and changes nothing. Elsewhere a version is one content for
// good: a second one under its number is refused, so that nobody has to ask which of them serves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/script.h"

namespace exo {

// Whether a version is one content for good in this environment: everywhere but in `local`.
bool has_one_content(const std::string& environment);

// The sentence about a script that is another than the one that ran last; nullopt where it is that one, or
// may be mended: the last attempt has failed, and nothing stands by what it did. An earlier phase does not
// count any more, since what was mended after it has gone live. What takes back what was done may be another.
std::optional<std::string> second_script(const RecordedVersion& record, const Script& script);

// The same where a decision would take the script on: error `changed` in an environment of one content.
Result<void> check_script(const RecordedVersion& record, const Script& script,
                          const std::string& environment);

// A sentence for each version that was introduced with other files than those that are there now, and for
// each second script. What cannot be compared (no digest then, or none now) is passed over.
std::vector<std::string> second_contents(const RolloutRecord& record,
                                         const std::vector<rollout::VersionToBringIn>& versions);

// A sentence for each version that was introduced from an artifact of which nobody knows that the folder
// holds the same: one that is to run from its folder may be another content.
std::vector<std::string> known_as_artifacts_only(const RolloutRecord& record,
                                                 const std::vector<rollout::VersionToBringIn>& versions);

}  // namespace exo

// What the host tells the rollout core. Values; late, duplicate and foreign ones are harmless.
//
// In a namespace of their own, because the bus has events of the same names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/content_digest.h"
#include "deployment-scripts/decision.h"
#include "deployment-scripts/follow_input.h"
#include "deployment-scripts/script.h"
#include "deployment-scripts/script_input.h"
#include "deployment-scripts/script_settings.h"
#include "deployment-scripts/version_key.h"

namespace exo::rollout {

// Another role that a version needs before its instances are started: some version of that role has a
// process, has a ready instance, or is live. What becomes of that role later stops nothing.
struct Dependency {
  enum class Until { kStarted, kReady, kLive };
  std::string role;
  Until until = Until::kReady;

  bool operator==(const Dependency&) const = default;
};

// A service version that the application holds.
struct VersionToBringIn {
  VersionKey key;
  std::optional<Script> script;
  std::vector<NamedVersion> required_versions;  // of service.yml: live before this one is introduced
  std::vector<Dependency> dependencies;         // on other roles
  ContentDigests sources;                       // of its folder; empty where it could not be read
  std::string artifact;                         // digest of the one it runs from; empty: the working tree
};

enum class Purpose {
  kBringIn,
  // No phase is run for real, and no gate opens for a version whose script has a phase left to run: that is
  // dry-run, when all that needs no script has come in. See dry_runs.h.
  kDryRun,
};

// The first input, once, when the whole ledger has been applied.
struct Begin {
  std::vector<VersionToBringIn> versions;  // in the order in which people are to see them; no two alike
  std::vector<Script> other_scripts;       // of versions that the application does not hold
  std::vector<VersionKey> left_out;        // that it holds, and this host leaves as the ledger has them
  std::string host;                        // id of this host, made at its start
  std::string environment;
  std::string who;
  std::vector<SeenExit> exits;  // of attempts that the ledger may hold as under way; others are passed over
  Purpose purpose = Purpose::kBringIn;
};

// An instance of the version has a process.
struct InstanceStarted {
  VersionKey version;
};

// The version has an instance whose relay has registered and which meets what readiness asks.
struct InstanceReady {
  VersionKey version;
};

// The version has no ready instance, and there is none in sight: the readiness deadline has passed, or the
// supervision has given up. `reason` is a sentence with the last words of the instance.
struct InstanceNotReady {
  VersionKey version;
  std::string reason;
};

// The version's last ready instance has gone, and another is on its way.
struct InstanceLost {
  VersionKey version;
};

// The broker routes by a table that reflects the ledger up to `position`.
struct TableInEffect {
  std::uint64_t position = 0;
};

// Time has passed, or a list of actions has been carried out.
struct Tick {};

// The event of the last Append is not in the ledger.
struct AppendFailed {
  std::string reason;
};

// A person has decided something. Answered by Decided with the same id.
struct Decide {
  std::string id;  // the host's own, for the answer; no two alike
  Decision decision;
};

// The host is stopping: nothing new starts, running attempts are ended and recorded as interrupted.
struct Stop {};

using Input =
    std::variant<Begin, InstanceStarted, InstanceReady, InstanceNotReady, InstanceLost, ScriptRegistered,
                 ScriptSaidDone, ScriptSaidFailed, ScriptSaidProgress, ScriptSaidCheckpoint, ScriptSaidFollow,
                 FollowBegun, FollowShort, FollowDone, FollowFailed, FollowLost, ScriptActive, LoadSampled,
                 ScriptExited, ScriptCouldNotStart, TableInEffect, Tick, AppendFailed, Decide, Stop>;

// "started", "ready", "live": the words of service.yml.
std::string_view to_text(Dependency::Until until);

// One line for logs and transcripts: "script-exited todo-1.0.0-online-1/2 exit code 3".
std::string describe(const Input& input);

}  // namespace exo::rollout

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
#include "deployment-scripts/follow_input.h"
#include "deployment-scripts/script.h"
#include "deployment-scripts/version_key.h"

namespace exo::rollout {

// One try at one phase. The run's id is "<role>-<version>-<phase>-<generation>": it names the phase, so an
// input with a foreign run belongs to nobody and changes nothing.
struct AttemptId {
  std::string run;
  std::uint64_t attempt = 0;

  auto operator<=>(const AttemptId&) const = default;
};

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
  std::vector<std::string> required_versions;  // of the same role: live before this one is introduced
  std::vector<Dependency> dependencies;        // on other roles
  ContentDigests sources;                      // of its folder; empty where it could not be read
};

// The first input, once, when the whole ledger has been applied.
struct Begin {
  std::vector<VersionToBringIn> versions;  // in the order in which people are to see them; no two alike
  std::vector<Script> other_scripts;       // of versions that the application does not hold
  std::string host;                        // id of this host, made at its start
  std::string environment;
  std::string who;
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

// The script's relay has registered. `handles` is complete.
struct ScriptRegistered {
  AttemptId id;
  std::vector<std::string> handles;
};

// `…-done`. More failed messages than handled errors fail the attempt.
struct ScriptSaidDone {
  AttemptId id;
  std::uint64_t failed_messages = 0;
  std::uint64_t handled_errors = 0;
};

// `…-failed`, or the error that answered the start message (a handler that threw).
struct ScriptSaidFailed {
  AttemptId id;
  std::string reason;
};

struct ScriptSaidProgress {
  AttemptId id;
  double done = 0;
  double total = 0;  // 0 when unknown
  std::string note;
};

// `…-checkpoint`: `value` is JSON text. `message_id` comes back in AcknowledgeCheckpoint; may be empty when
// nobody waits for an answer.
struct ScriptSaidCheckpoint {
  AttemptId id;
  std::string value;
  std::string message_id;
  std::uint64_t failed_messages = 0;
  std::uint64_t handled_errors = 0;
};

// `…-follow`: it is to follow these commands, too, public names that its version receives. `message_id` comes
// back in AcknowledgeFollow; may be empty.
struct ScriptSaidFollow {
  AttemptId id;
  std::vector<std::string> commands;
  std::string message_id;
};

// Messages of the script's activity have moved.
struct ScriptActive {
  AttemptId id;
};

// The process and all below it have gone, and its guard has let go of the run lock.
struct ScriptExited {
  AttemptId id;
  std::string status;                   // "exit code 3", "killed by SIGKILL"
  std::vector<std::string> last_lines;  // of its output
  std::string log;                      // where all of it is
};

// StartScript had no effect; said once for each. The stage "lock" says that another process still holds the
// run lock: the core waits and asks for the same attempt again. Any other ("folder", "exec", "log") fails the
// attempt.
struct ScriptCouldNotStart {
  AttemptId id;
  std::string stage;
  std::string reason;
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

// The host is stopping: nothing new starts, running attempts are ended and recorded as interrupted.
struct Stop {};

using Input =
    std::variant<Begin, InstanceStarted, InstanceReady, InstanceNotReady, InstanceLost, ScriptRegistered,
                 ScriptSaidDone, ScriptSaidFailed, ScriptSaidProgress, ScriptSaidCheckpoint, ScriptSaidFollow,
                 FollowBegun, FollowShort, FollowDone, FollowFailed, FollowLost, ScriptActive, ScriptExited,
                 ScriptCouldNotStart, TableInEffect, Tick, AppendFailed, Stop>;

// "started", "ready", "live": the words of service.yml.
std::string_view to_text(Dependency::Until until);

// One line for logs and transcripts: "script-exited todo-1.0.0-online-1/2 exit code 3".
std::string describe(const Input& input);

}  // namespace exo::rollout

// How long a deployment script may take, how often it is tried, and what happens after a crash of the host.
//
// They are declared in `deployment-scripts/<role>-<version>.yml`, beside the script: keys at the top level
// hold for all phases, keys under `offline:`, `online:`, `undo:` or `verify:` for that one only. Every limit
// is finite by default: a gate that never ends is worse than one that fails.
//
//     timeout: 1h              # from the start of an attempt to its done
//     stall: 5m                # without a message, a progress or a checkpoint
//     attempts: 3              # in one rollout
//     joins-within: 60s        # from its start until its relay has joined the bus
//     pause: 1s                # before the second attempt, then four times the one before; or a list
//     on-interrupted: retry    # or ask; when no checkpoint was saved
//     dry-run: true            # it heeds dryRun of its start message, and writes nothing then
//     throttle: 500/s          # of its commands; or what slows it down: see throttle_settings.h
//     keep-logs: 20            # of the attempts of each run; not under a phase
//     after: [accounts@2.0.0]     # its phases wait for those of that script, where it runs; not under a
//     phase requires: [accounts@2.0.0]  # its version waits until that script is done; not under a phase
//     offline:
//       follow: [todo-search.add]    # commands that are recorded while it copies, and replayed after
//     online:
//       timeout: 8h
//     undo:
//       attempts: 1
//     verify:
//       timeout: 5m
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mistake.h"
#include "base/result.h"
#include "deployment-scripts/throttle_settings.h"
#include "deployment-scripts/version_key.h"
#include "ledger/event.h"

namespace exo {

// What to do with an attempt whose host died, when it saved no checkpoint: its effect is unknown.
enum class OnInterrupted {
  kRetry,  // try again; recorded
  kAsk,    // nothing until a person has decided
};

// The limits of one phase. A value.
struct PhaseSettings {
  std::chrono::milliseconds timeout = std::chrono::hours{1};
  std::chrono::milliseconds stall = std::chrono::minutes{5};
  unsigned attempts = 3;
  // From the start of its process until it has registered: who has not by then hangs before it can say so.
  std::chrono::milliseconds joins_within = std::chrono::seconds{60};
  // Never empty. One value: the pause after the first failure, four times as long after each further one.
  // Several: one after each failure, the last one after all others too.
  std::vector<std::chrono::milliseconds> pauses = {std::chrono::seconds{1}};
  // Of the version that serves: recorded while the script runs. Public names; of the offline phase only.
  std::vector<std::string> follow;
  // Not stated: retry in the environment `local`, ask elsewhere.
  std::optional<OnInterrupted> on_interrupted;
  bool can_dry_run = false;
  std::optional<ThrottleSettings> throttle = {};

  // How long to wait after the nth failure (from 1) before the next attempt; at most kMaxPause.
  std::chrono::milliseconds pause_after(unsigned failures) const;

  bool operator==(const PhaseSettings&) const = default;
};

inline constexpr std::chrono::milliseconds kMaxPause = std::chrono::hours{1};
inline constexpr std::chrono::milliseconds kMaxScriptTime = std::chrono::hours{24 * 30};
inline constexpr unsigned kMaxKeptLogs = 10'000;
inline constexpr unsigned kMaxAttempts = 100;  // more is a loop, not a retry

// Another version, as a settings file names it.
struct NamedVersion {
  VersionKey version;
  Place place;

  bool operator==(const NamedVersion&) const = default;
};

// As a file of `role` may write them: those of `role` itself without it.
std::vector<std::string> names_of(const std::vector<NamedVersion>& versions, const std::string& role);

struct ScriptSettings {
  PhaseSettings offline;
  PhaseSettings online;
  PhaseSettings undo = {};
  PhaseSettings verify = {};                        // of which the limits of time count
  std::optional<unsigned> kept_logs{};              // of each run; not stated: as the application says
  std::map<std::string, Place> follow_places = {};  // where each name that it follows is written
  std::vector<NamedVersion> after = {};             // see script_order.h
  std::vector<NamedVersion> required = {};          // likewise

  const PhaseSettings& of(Phase phase) const;
  bool operator==(const ScriptSettings&) const = default;
};

struct ParsedScriptSettings {
  ScriptSettings settings;        // good exactly when `mistakes` is empty
  std::vector<Mistake> mistakes;  // all of the file, in its order
};

// Reads the text of a settings file; `file` is its name in mistakes, `role` the one that a version without a
// role is of.
ParsedScriptSettings parse_script_settings(std::string_view text, const std::string& file,
                                           const std::string& role = "");

}  // namespace exo

// What the host tells the rollout core about the processes of scripts, one for each attempt. Values; late,
// duplicate and foreign ones are harmless.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deployment-scripts/slowdown.h"

namespace exo::rollout {

// One try at one phase. The run's id is "<role>-<version>-<phase>-<generation>": it names the phase, so an
// input with a foreign run belongs to nobody and changes nothing.
struct AttemptId {
  std::string run;
  std::uint64_t attempt = 0;

  auto operator<=>(const AttemptId&) const = default;
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
  enum class Retry { kAsDeclared, kNever };
  enum class Checkpoint { kKept, kVoid };

  AttemptId id;
  std::string reason;
  Retry retry = Retry::kAsDeclared;           // kNever: no further attempt until a person decides so
  Checkpoint checkpoint = Checkpoint::kKept;  // kVoid: what was saved is not to be gone on from
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

// What an attempt's process has used, as its keeper measured it. All 0 where nobody has.
struct ProcessUse {
  std::uint64_t duration_ms = 0;  // from its start until nothing of it lived
  std::uint64_t peak_memory_kib = 0;
  std::uint64_t user_ms = 0;
  std::uint64_t system_ms = 0;

  bool operator==(const ProcessUse&) const = default;
};

// One look at the signal that its settings declare.
struct LoadSampled {
  AttemptId id;
  LoadSample sample;
};

// The process and all below it have gone, and its guard has let go of the run lock.
struct ScriptExited {
  AttemptId id;
  std::string status;                   // "exit code 3", "killed by SIGKILL"
  std::vector<std::string> last_lines;  // of its output
  std::string log;                      // where all of it is
  ProcessUse use = {};
};

// How an attempt of an earlier host ended, as its keeper saw it. kFailed: by itself and without success,
// while that host was there, so that no end of the host was its cause. kUnknown: in any other way, of which
// nobody can say what it had done by then.
struct SeenExit {
  enum class Effect { kUnknown, kFailed };
  ScriptExited exit;
  Effect effect = Effect::kUnknown;
};

// StartScript had no effect; said once for each. The stage "lock" says that another process still holds the
// run lock, the stage "disk" that what it needs cannot be written just now: the core waits and asks for the
// same attempt again. Any other ("folder", "exec", "log") fails the attempt.
struct ScriptCouldNotStart {
  AttemptId id;
  std::string stage;
  std::string reason;
};

}  // namespace exo::rollout

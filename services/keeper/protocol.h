// What the host and the keeper say to each other: one JSON object a line, over a socket pair.
//
//   host → keeper   {"type":"spawn","id","role","argv":[…],"folder","environment":[[key,value],…],
//                    "log_file","log_bounds":[bytes,old files],"limits":[[resource,value],…],
//                    "awaited_text","lock_file","note",
//                    "user":null or {"name","uid","gid","groups":[…]}}
//                   {"type":"stop","id","term_after_ms","kill_after_ms"}
//                   {"type":"stop-all","batches":[[id,…],…],"term_after_ms","kill_after_ms"}
//                   {"type":"outlive-host","outlives"}
//                   {"type":"hold","name"}                    with a descriptor
//                   {"type":"release","name"}
//   keeper → host   {"type":"greeting","pid","refusal"}       first, exactly once; "" when it is ready
//                   {"type":"started","id","pid"}
//                   {"type":"failed-to-start","id","stage","message"}
//                   {"type":"output","id","role","stream","text"}
//                   {"type":"left-out","id","count"}
//                   {"type":"said","id"}                      the awaited text; said of lines left out, too
//                   {"type":"exited","id","code","signal","core","duration_ms","max_resident_kib","user_ms",
//                    "system_ms","last_lines":[…]}
//                   {"type":"notice","text"}
//                   {"type":"all-stopped"}
//
// A keeper that is to outlive its host goes on with the services when the socket ends, and ends the scripts,
// whose attempts are interrupted with their host. It listens on <state>/keeper.sock for its own user (see
// keeper_door.h). Whoever connects there sends one line first, and gets the greeting and a list:
//
//   peer → keeper   {"type":"look"}                           the list, and the end of the socket
//                   {"type":"attach"}                         to be its host from then on; refused while
//                   another is or everything is being stopped, and not answered by a keeper that ends with
//                   its host
//   keeper → peer   {"type":"greeting","pid","refusal"}
//                   {"type":"kept","id","role","pid","note","said"}   for each process that runs
//                   {"type":"held","name"}                    for each descriptor, with it; not to one that
//                   looks
//                   {"type":"listed"}
//
// Each spawn is answered by `failed-to-start`, or by `started` and later `exited`; nothing about an id
// follows those two. A spawn of an id that is in use is refused with a notice. A stop of an unknown id does
// nothing, since it may just have ended. The end of the socket, in whatever way the host ended, is the order
// to end everything, unless the keeper was told to outlive it.
//
// Strings are bytes: each byte is one code point U+0000…U+00FF, so that a file name, a variable or a line of
// output that is not UTF-8 arrives as it was. (Rejected: UTF-8 with replacement, which changes names; a
// binary framing, which nobody can read in a trace.)
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/wait_status.h"
#include "services/keeper/process_spec.h"

namespace exo {

// Longer lines are a fault of the peer. Room for a spawn with the largest environment that Linux takes.
inline constexpr std::size_t kMaxProtocolLine = 16U << 20U;

// Requests of the host.
struct SpawnRequest {
  ProcessSpec spec;
};
struct StopRequest {
  std::string id;
  StopTimes times;
};
// Stops one batch after another, each when all of the batch before it have ended; then whatever is not named.
// Until AllStopped nothing new is started: spawns are answered by a failure at stage "stopping".
struct StopAllRequest {
  std::vector<std::vector<std::string>> batches;
  StopTimes times;
};
// Whether the end of the socket, from now on, is no order to end everything. Until it is said it is one.
struct OutliveHostRequest {
  bool outlives = true;
};
// Keeps the descriptor that comes with the line for later hosts; one of the same name is closed.
struct HoldRequest {
  std::string name;
};
// Closes the descriptor that is held under the name, if there is one.
struct ReleaseRequest {
  std::string name;
};
// The first line of a peer that has connected to a keeper.
struct LookRequest {};
struct AttachRequest {};
using KeeperRequest = std::variant<SpawnRequest, StopRequest, StopAllRequest, OutliveHostRequest, HoldRequest,
                                   ReleaseRequest, LookRequest, AttachRequest>;

// The keeper's first line.
struct KeeperGreeting {
  pid_t pid = 0;
  std::string refusal;  // why it cannot serve, a sentence; "" exactly when it does
};

// Events of the keeper, as the host gets them from its client.
enum class OutputStream { kStdout, kStderr };

struct ProcessStarted {
  std::string id;
  pid_t pid = 0;
};
struct ProcessFailedToStart {
  std::string id;
  // "log", "lock" (another holds it), "lock-file" (it cannot be opened), "folder", "limit", "user", "exec",
  // "process" (no more processes or descriptors) or "stopping".
  std::string stage;
  std::string message;
};
struct OutputLine {
  std::string id;
  std::string role;
  OutputStream stream = OutputStream::kStdout;
  std::string text;  // any bytes but the line's end
};
// So many lines are in the log file but were not forwarded, since the host did not keep up.
struct OutputLinesLeftOut {
  std::string id;
  std::uint64_t count = 0;
};
// A line of its output has held the awaited text: told once, whether that line was forwarded or not.
struct AwaitedTextSaid {
  std::string id;
};
// All output came before it, that and its record are durable, its locks are free and nothing of it lives.
struct ProcessExited {
  std::string id;
  WaitStatus status;
  std::uint64_t duration_ms = 0;       // from its start until nothing of it lived
  std::uint64_t max_resident_kib = 0;  // of the process and those below it that were waited for
  std::uint64_t user_ms = 0;
  std::uint64_t system_ms = 0;
  std::vector<std::string> last_lines;  // oldest first, both streams, at most 20, each at most 4 KiB
};
// Something that people should know and that ends nothing: a full disk, a refused request.
struct KeeperNotice {
  std::string text;
};
struct AllStopped {};
// A process that an earlier host has started, and that runs.
struct KeptProcess {
  std::string id;
  std::string role;
  pid_t pid = 0;      // 0: its start is under way
  std::string note;   // as the host that started it has written it
  bool said = false;  // the awaited text

  bool operator==(const KeptProcess&) const = default;
};
// A descriptor that an earlier host has given, and that comes with the line.
struct HeldDescriptor {
  std::string name;
};
// All that is kept has been told.
struct Listed {};
// The keeper is gone, and with it all its processes, or as good as: their guards are ending them. Last event.
struct KeeperLost {
  std::string reason;
};
using KeeperEvent =
    std::variant<ProcessStarted, ProcessFailedToStart, OutputLine, OutputLinesLeftOut, AwaitedTextSaid,
                 ProcessExited, KeeperNotice, AllStopped, KeptProcess, HeldDescriptor, Listed, KeeperLost>;

// Lines with their end. KeeperLost is made by the client and has no line; encoding it is a bug.
std::string encode(const KeeperRequest& request);
std::string encode(const KeeperGreeting& greeting);
std::string encode(const KeeperEvent& event);

// `line` without its end. Errors have the code "malformed" and say what is wrong with it.
Result<KeeperRequest> parse_request(std::string_view line);
Result<KeeperGreeting> parse_greeting(std::string_view line);
Result<KeeperEvent> parse_event(std::string_view line);

}  // namespace exo

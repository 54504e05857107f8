// The tables of docs/limits.md against what the code takes: a default that changes in one of them fails here.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "base/content_digest.h"
#include "base/text.h"
#include "base/yaml_document.h"
#include "bus/relays/cpp/relay.h"
#include "bus/router.h"
#include "bus/router_socket.h"
#include "bus/watch.h"
#include "bus/wire/control.h"
#include "bus/wire/header.h"
#include "deployment-scripts/limits.h"
#include "deployment-scripts/lock_table.h"
#include "deployment-scripts/script_settings.h"
#include "host/follow_replay.h"
#include "host/held_messages.h"
#include "host/host_line.h"
#include "host/launcher.h"
#include "host/ledger_owner.h"
#include "host/script_progress.h"
#include "host/stop_times.h"
#include "services/application.h"
#include "services/artifacts/artifact_manifest.h"
#include "services/artifacts/artifact_path.h"
#include "services/forwarder/forwarder.h"
#include "services/keeper/guarded_process.h"
#include "services/keeper/line_splitter.h"
#include "services/keeper/output_log.h"
#include "services/supervision/supervision.h"
#include "services/watching/edits.h"

namespace exo {
namespace {

using Quantities = std::vector<double>;  // milliseconds, bytes or plain numbers, in the order written

double in_milliseconds(std::chrono::milliseconds time) {
  return static_cast<double>(time.count());
}

// "0.5 s, doubled up to 30 s" → {500, 30000}; "1,000,000 messages or 256 MiB" → {1000000, 268435456}.
Quantities quantities_in(const std::string& text) {
  static const std::map<std::string, double> kUnits{
      {"", 1},      {"ms", 1},       {"s", 1000},           {"min", 60'000},
      {"h", 3.6e6}, {"KiB", 1024.0}, {"MiB", 1024.0 * 1024}};
  static const std::regex kQuantity(R"((\d[\d,]*(?:\.\d+)?) ?(ms|s|min|h|KiB|MiB)?(?![A-Za-z]))");
  Quantities quantities;
  for (std::sregex_iterator each(text.begin(), text.end(), kQuantity), end; each != end; ++each) {
    std::string digits = (*each)[1];
    std::erase(digits, ',');
    quantities.push_back(std::strtod(digits.c_str(), nullptr) * kUnits.at((*each)[2]));
  }
  return quantities;
}

struct Row {
  std::string limit;
  std::string reason;
};

// By the first cell.
std::map<std::string, Row> documented_limits() {
  std::ifstream page(EXO_LIMITS_PAGE);
  EXPECT_TRUE(page.is_open()) << EXO_LIMITS_PAGE;
  std::map<std::string, Row> limits;
  for (std::string line; std::getline(page, line);) {
    const auto cells = split(line, '|');
    if (cells.size() < 4 || trim(cells[1]).starts_with("---") || trim(cells[1]) == "what") continue;
    limits[std::string(trim(cells[1]))] = {std::string(trim(cells[2])), std::string(trim(cells[3]))};
  }
  return limits;
}

std::map<std::string, Quantities> limits_of_the_code() {
  const supervision::Wanted wanted;
  const supervision::ReadinessRules ready;
  const PhaseSettings phase;
  const RelayOptions relay;
  const routing::FlowControl::Limits flow;
  const Forwarder::Options forwarding;
  const routing::TcpListening tcp;
  return {
      {"an instance is ready within", {in_milliseconds(kDefaultReadiness)}},
      {"port and health message are asked again, until they hold",
       {in_milliseconds(supervision::kAskAgainAfter)}},
      {"… once they hold", {in_milliseconds(ready.every)}},
      {"a health message is answered within", {in_milliseconds(ready.answer_within)}},
      {"failures in a row that take the readiness away", {static_cast<double>(ready.failures)}},
      {"pause before a restart",
       {in_milliseconds(wanted.restarts.pause), in_milliseconds(wanted.restarts.longest_pause)}},
      {"the pauses begin anew after", {in_milliseconds(wanted.restarts.steady_after)}},
      {"from SIGTERM to SIGKILL", {in_milliseconds(wanted.stop_within)}},
      {"from SIGTERM to SIGKILL, when it is to end", {in_milliseconds(kScriptStopWithin)}},
      {"a build command takes at most", {in_milliseconds(kDefaultBuildWithin)}},
      {"lines of output kept for \"its last words\"",
       {GuardedProcess::kLastLines, GuardedProcess::kLastLineBytes}},
      {"a phase takes at most", {in_milliseconds(phase.timeout)}},
      {"… and is quiet for at most", {in_milliseconds(phase.stall)}},
      {"attempts, in one rollout", {static_cast<double>(phase.attempts)}},
      {"pause before the second attempt", {in_milliseconds(phase.pauses[0]), in_milliseconds(kMaxPause)}},
      {"its relay joins the bus within", {in_milliseconds(phase.joins_within)}},
      {"production's commands that count for a script's `p99`", {in_milliseconds(P99Signal().within)}},
      {"a command that says whether production suffers is asked every",
       {in_milliseconds(CommandSignal().every)}},
      {"it is slowed until production was well for", {in_milliseconds(ThrottleSettings().good_for)}},
      {"its relay goes on with what is under way, after SIGTERM, for",
       {in_milliseconds(relay.close_timeout)}},
      {"it looks at the sources of a version: files, bytes of each, git's answer",
       {kMaxDigestedFiles, kMaxDigestedFileBytes, 10'000}},
      {"who wants the ledger waits for a decision that is recorded just now for",
       {in_milliseconds(kPassesWithin)}},
      {"with `--watch`, an edit is over when nothing was touched for", {in_milliseconds(Edits::kQuiet)}},
      {"what is written without end is looked at every", {in_milliseconds(Edits::kLongestEdit)}},
      {"a connection waits for an open version at most", {in_milliseconds(forwarding.wait_for_target)}},
      {"… of which may wait", {static_cast<double>(forwarding.max_waiting)}},
      {"an instance takes a connection within", {in_milliseconds(forwarding.connect_timeout)}},
      {"a checkpoint", {kMaxCheckpointBytes}},
      {"a reason", {kMaxReasonBytes}},
      {"of what it follows are replayed at a time", {FollowReplay::kWindow, FollowReplay::kWindowBytes}},
      {"production is held back when what is left is",
       {FollowReplay::kShort, in_milliseconds(FollowReplay::kShortTime)}},
      {"an answer comes within", {in_milliseconds(kDefaultTimeout), in_milliseconds(kLongestTimeout)}},
      {"silence after which a bus or a person's connection counts as lost, and a service gets no more "
       "messages until it is heard again",
       {in_milliseconds(relay.silence_limit)}},
      {"a host answers a verb within", {in_milliseconds(kAnswerWithin)}},
      {"a header", {kHeaderLimitBytes}},
      {"a payload", {kPayloadLimitBytes}},
      {"a name", {kNameLimitBytes}},
      {"an id", {kIdLimitBytes}},
      {"hops (a command on its way to one role) remembered for `exo trace`", {routing::TraceRing::kHops}},
      {"what waits at the bus for a peer that does not read",
       {static_cast<double>(Broker::Options().backlog_limit_bytes)}},
      {"what waits at the bus for one role", {static_cast<double>(flow.role_queue_bytes)}},
      {"commands that all senders together may have under way before each may have fewer, but never fewer "
       "than 16",
       {static_cast<double>(flow.all_windows)}},
      {"activities of which the bus remembers, for each role, the instance that they talk to",
       {static_cast<double>(routing::Router::Options().affinity_limit)}},
      {"… of one activity, in one answer", {routing::Watch::kTracedHops}},
      {"routes whose messages are counted each for itself", {routing::Meters::kLimit}},
      {"what is kept for an `exo tap` that is slow", {routing::Taps::kLimitBytes}},
      {"messages past a gate (`exo send --held`) whose answers are awaited", {kHeldMessagesUnderWay}},
      {"a payload that `exo tap` shows", {routing::kTappedPayloadLimitBytes}},
      {"connections over ipc at a time", {static_cast<double>(routing::kIpcLimits.connections)}},
      {"… over which nobody has registered yet", {static_cast<double>(routing::kIpcLimits.strangers)}},
      {"who connects registers within", {in_milliseconds(routing::kIpcLimits.register_within)}},
      {"who connects, over ipc or TCP, makes no room for at least",
       {in_milliseconds(routing::kIpcLimits.undisturbed)}},
      {"refused messages of a connection before it has registered", {routing::Router::kRefusalsLimit}},
      {"messages of a registered connection that are none",
       {static_cast<double>(routing::Router::Options().malformed_limit)}},
      {"a frame that is read at all", {static_cast<double>(routing::kLargestFrameBytes)}},
      {"connections over TCP at a time", {static_cast<double>(tcp.limits.connections)}},
      {"… of which have not said yet who they are", {static_cast<double>(tcp.limits.strangers)}},
      {"a handshake is over within", {in_milliseconds(tcp.handshake_within)}},
      {"commands under way at one instance", {static_cast<double>(relay.window), kWindowLimit}},
      {"… and their payloads", {routing::Instance::kWindowBytes}},
      {"what waits at the bus for one role", {static_cast<double>(flow.role_queue_bytes)}},
      {"commands that one sender may have under way for one role", {static_cast<double>(flow.window)}},
      {"… their payloads, by the size that it has been sending", {static_cast<double>(flow.window_bytes)}},
      {"… of all senders together before each may have less, but never less than 128 KiB",
       {static_cast<double>(flow.all_window_bytes)}},
      {"… in the queues of the role, whatever was granted", {static_cast<double>(flow.most_bytes)}},
      {"requests whose handlers have completed and whose answers are awaited",
       {routing::Outcomes::kUnansweredLimit}},
      {"pages that a replier may send beyond those that its asker takes", {routing::Replies::kPagesBeyond}},
      {"checkpoints and a `…-done` of one script that wait for its commands",
       {routing::ScriptScope::kBarriers, routing::ScriptScope::kBarrierBytes}},
      {"what a relay keeps for a bus that is slow or gone",
       {static_cast<double>(relay.buffer_messages), static_cast<double>(relay.buffer_bytes)}},
      {"an asker takes no page of a reply for", {in_milliseconds(relay.stall_limit)}},
      {"acknowledged commands that an instance remembers, to run each once",
       {static_cast<double>(relay.remembered_commands), static_cast<double>(relay.remembered_reply_bytes)}},
      {"application.yml, service.yml", {kMaxYamlFileBytes, kMaxYamlDepth}},
      {"roles of an application", {kMaxRoles}},
      {"a role's name", {kMaxRoleBytes}},
      {"a line of output", {kMaxOutputLine}},
      {"a log of a version, of an attempt, of exo itself",
       {static_cast<double>(bounds_of(LogSettings{}).file_bytes),
        static_cast<double>(bounds_of(LogSettings{}).old_files)}},
      {"logs of the attempts of a run", {static_cast<double>(LogSettings{}.attempts)}},
      {"files of an artifact",
       {static_cast<double>(kMaxArtifactEntries), static_cast<double>(kMaxArtifactBytes)}},
      {"a file's name in an artifact", {kMaxArtifactPathBytes}},
      {"the key of a lock", {kMaxLockKeyBytes}},
      {"locks held or waited for at a time", {kMaxLockRequests}},
      {"that a script is quiet is shown after", {in_milliseconds(kQuietFrom)}},
  };
}

TEST(DocumentedLimits, AreThoseOfTheCode) {
  const auto documented = documented_limits();
  for (const auto& [what, limit] : limits_of_the_code()) {
    const auto row = documented.find(what);
    ASSERT_NE(row, documented.end()) << "docs/limits.md has no row \"" << what << "\"";
    EXPECT_EQ(quantities_in(row->second.limit), limit) << what << ": " << row->second.limit;
  }
}

TEST(DocumentedLimits, EachHasItsReason) {
  for (const auto& [what, row] : documented_limits()) EXPECT_NE(row.reason, "") << what;
}

}  // namespace
}  // namespace exo

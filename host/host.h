// The host: the composition root of one environment. Wires the rollout core, the ledger, the supervision, the
// keeper, the broker and the forwarder together, and carries out what the cores decide.
//
// One loop on one thread waits for signals, the keeper, the broker, the forwarder and the cores' own
// deadlines. What happened becomes inputs of the rollout core; its actions are carried out in order, and an
// action that the ledger refuses ends its list. Nothing here decides anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/metrics_server.h"
#include "host/script_kill.h"
#include "host/terminal.h"

namespace exo {

struct HostOptions {
  std::filesystem::path application;  // folder with an application.yml
  std::string environment = "local";
  // Overrides development.port of public roles; 0: a free port.
  std::map<std::string, std::uint16_t> ports;
  std::optional<MetricsAddress> metrics;  // nullopt: they are not served
  // Where the bus listens over TCP besides, with keys; empty: it does not. See host/bus_listening.h.
  std::string listen;
  // How the application's own processes reach the bus; over TCP it must listen there.
  enum class Bus { kIpc, kTcp };
  Bus bus = Bus::kIpc;
  // What to do about a host that has the environment already.
  enum class Other { kIsLeftAlone, kIsTakenOver };
  Other other = Other::kIsLeftAlone;
  // What of the application is there: roles, and versions as "todo@0.0.1"; empty: all of it. See
  // host/application_part.h.
  std::vector<std::string> only = {};
  // kDryRun: no script is run for real, and no gate opens for one; those that are left to run are dry-run.
  enum class Until { kStopped, kReady, kDryRun };
  Until until = Until::kStopped;
  std::optional<ScriptKill> kill_script = {};
  // What becomes of the services when this host ends, however it does: they go on for the next one, unless
  // they are told to end (`exo stop`).
  enum class Services { kEndWithHost, kOutliveHost };
  Services services = Services::kEndWithHost;
  // What versions run from: their folders, or copies of their artifacts, see host/artifact_copies.h.
  enum class Source { kWorkingTree, kArtifacts };
  Source source = Source::kWorkingTree;
  // Whether an edit of a service's files has its instances started again; of the working tree alone.
  enum class Edits { kAreNotSeen, kRestart };
  Edits edits = Edits::kAreNotSeen;
};

// How a host ended.
struct HostEnd {
  int exit_code = 0;
  std::string host_id;  // as the ledger names it; empty: it did not come so far as to begin
  std::string reason;   // why the exit code is not 0, a sentence or several lines; else empty
};

// Runs the environment until SIGINT, SIGTERM or SIGHUP, which the caller must have blocked in all threads
// (see host/signals.h), or until `exo stop`. The exit code is 0 after those, unless it was to end ready or
// after dry runs and was not so far yet; 1 as well when it could not start or had to give up, when not every
// version is live where it was to end ready, or when not every dry run succeeded. What went wrong is on the
// terminal, too.
HostEnd run_host(const HostOptions& options, Terminal& terminal);

}  // namespace exo

// Everything that must be in order before a host starts anything: the installation, the application's files,
// its scripts, the state folder, and the ledger with its lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/wire/curve_keys.h"
#include "deployment-scripts/rollout.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/script_catalog.h"
#include "host/host.h"
#include "host/journal.h"
#include "host/launcher.h"
#include "host/state_folder.h"
#include "host/take_over.h"
#include "ledger/ledger.h"
#include "services/application.h"

namespace exo {

// Owned by the host; the ledger's lock is held as long as it lives.
struct Preparation {
  Application application;
  ScriptCatalog catalog;  // of the application's versions and of others
  std::map<VersionKey, ContentDigests> sources;
  Installation installation;
  ServiceUsers users;
  StateFolder state;
  std::map<std::string, std::uint16_t> ports;  // overrides of public ports
  std::optional<MetricsAddress> metrics;
  std::string listen;  // as in HostOptions
  HostOptions::Bus bus = HostOptions::Bus::kIpc;
  std::vector<VersionKey> left_out;  // of what the application holds: --only
  HostOptions::Until until = HostOptions::Until::kStopped;
  std::optional<ScriptKill> kill_script;
  HostOptions::Services services = HostOptions::Services::kEndWithHost;
  HostOptions::Source source = HostOptions::Source::kWorkingTree;
  HostOptions::Edits edits = HostOptions::Edits::kAreNotSeen;
  std::map<VersionKey, std::filesystem::path> copies;  // of artifacts, by what runs from them
  std::optional<CurveKeys> bus_keys;                   // null where ZeroMQ knows no CURVE
  std::string host_id;
  std::string who;  // the Unix user, as the ledger records it
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Ledger> ledger;
  Rollout rollout;                      // knows all that the ledger held when it was opened
  std::optional<TakenOver> taken_over;  // the host whose place this one takes
  std::vector<std::string> notices;     // to be shown once the host says anything

  // The rollout core's first input; `host` and `who` are filled in.
  rollout::Begin begin() const;
  // How many logs are kept of each run of the script that brings this version in.
  std::size_t kept_logs(const VersionKey& version) const;
  // What each script that is held to a contract may send.
  std::map<VersionKey, std::vector<std::string>> script_sends() const;
};

// What of Begin an application's files say: its versions, and the scripts of others.
rollout::Begin begin_with(const Application& application, const ScriptCatalog& catalog,
                          const std::map<VersionKey, ContentDigests>& sources);

// Of the files of each version. One whose files cannot be read is brought in all the same, but nobody can say
// later whether they changed: it is left out, and a notice says so.
std::map<VersionKey, ContentDigests> digests_of_versions(const Application& application,
                                                         std::vector<std::string>& notices);

// Before anything is begun, or taken over: error `changed` with a line for each version that was brought into
// a hosted environment with another content, see identity_check.h; those of a ledger that cannot be read now.
Result<void> check_identities(const StateFolder& state,
                              const std::vector<rollout::VersionToBringIn>& versions);
// The same of a ledger that has been read.
Result<void> check_identities(const RolloutRecord& record, const std::string& environment,
                              const std::vector<rollout::VersionToBringIn>& versions);

// Reads, checks and opens everything; starts no process. The error's message may have several lines, one for
// each mistake in the application's files. `terminal` must outlive the preparation.
Result<Preparation> prepare(const HostOptions& options, Terminal& terminal);

}  // namespace exo

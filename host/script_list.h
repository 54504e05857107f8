// What `exo script list` shows: each phase of each deployment script, and how it stands.
//
// The JSON form is a contract with machines (keys may be added, never changed):
//   {"application","environment","scripts":[{"role","version","script","phase","state","run","attempt",
//     "progress","reason","decision","paused","throttled","rate"}]}
// with null where there is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/script_catalog.h"
#include "host/host_line.h"
#include "host/state_folder.h"
#include "host/status_report.h"

namespace exo {

struct ScriptRow {
  VersionKey version;
  std::string script;  // the file, empty where the application has none (any more) or is elsewhere
  Phase phase = Phase::kOffline;
  PhaseReport report;
  bool is_unread = false;  // it came since the host that runs began, which does not know it
};

struct ScriptList {
  std::string application;
  std::string environment;
  std::vector<ScriptRow> rows;
};

// `versions` are the application's; those that were never introduced have their scripts `pending`, and
// scripts of versions that it does not hold are `skipped`. Those of which a running host does not know wait
// for the next one. Pure.
ScriptList make_script_list(const StatusReport& status, const ScriptCatalog& catalog,
                            const std::vector<VersionKey>& versions);

// From the running host, or from the ledger where none runs; errors of view_status().
Result<ScriptList> view_scripts(const StateFolder& state);
Result<ScriptList> view_scripts(const RemoteBus& bus);

std::string to_json(const ScriptList& list);
// Lines, each ended, of at most `columns` characters; 0: as long as they are.
std::string to_table(const ScriptList& list, std::size_t columns);

}  // namespace exo

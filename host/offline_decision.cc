#include "host/offline_decision.h"

#include <utility>

#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/undo_decision.h"
#include "host/identity_check.h"
#include "host/owned_ledger.h"
#include "host/preparation.h"
#include "host/script_on_disk.h"
#include "host/seen_exits.h"

namespace exo {
namespace {

// What the application's files say now of a version.
struct Surroundings {
  std::string needed_by;                                       // by nobody, where they cannot be read
  VersionPresence presence = VersionPresence::kInApplication;  // nothing is taken for removed then
};

Surroundings surroundings_of(const StateFolder& state, const RolloutRecord& record,
                             const VersionKey& version) {
  const LoadedApplication loaded = load_application(state.application().string());
  if (!loaded.application) return {};
  const LoadedScripts scripts = load_scripts(state.application());
  const auto versions = begin_with(*loaded.application, scripts.catalog, {}).versions;
  const bool is_there = loaded.application->find_version(version.role, version.version) != nullptr;
  return {.needed_by = needed_by(version, versions, record),
          .presence = is_there ? VersionPresence::kInApplication : VersionPresence::kMissing};
}

Result<std::vector<LedgerEvent>> judge(const StateFolder& state, const OwnedLedger& ledger,
                                       const Decision& decision) {
  const auto script = read_script(state.application(), decision.version);
  if (!script) return script.error();
  if (!script.value() && ledger.record().versions().count(decision.version) == 0) {
    return Error{"unknown-version", "nothing is known of " + to_text(decision.version) + " in " +
                                        state.environment() + "; exo script list shows what there is"};
  }
  const bool must_be_the_same = concerns_the_script(decision.verb) && decision.verb != DecisionVerb::kUndo;
  if (script.value() && must_be_the_same) {
    const auto same =
        check_script(ledger.record().of(decision.version), *script.value(), state.environment());
    if (!same) return same.error();
  }
  const Surroundings around = surroundings_of(state, ledger.record(), decision.version);
  return decide(decision, {.record = ledger.record().of(decision.version),
                           .script = script.value() ? &*script.value() : nullptr,
                           .environment = state.environment(),
                           .exits = seen_exits(ledger.record(), read_exit_records(state.path().string())),
                           .serves_alone = serves_alone(decision.version, ledger.record()),
                           .needed_by = around.needed_by,
                           .presence = around.presence});
}

Result<void> record(const StateFolder& state, OwnedLedger& ledger, const Decision& decision,
                    std::vector<LedgerEvent>& into) {
  const auto events = judge(state, ledger, decision);
  if (!events) return events.error();
  for (const LedgerEvent& event : events.value()) {
    auto appended = ledger.append(event, decision.who);
    if (!appended) return appended.error();
    into.push_back(std::move(appended).value());
  }
  return {};
}

Result<void> check_needs_no_process(const StateFolder& state, const std::vector<Decision>& decisions) {
  for (const Decision& decision : decisions) {
    const std::string no_host = "no host runs in " + state.environment();
    if (decision.verb == DecisionVerb::kCancel) {
      return Error{"no-host", no_host + ", so there is no attempt to cancel"};
    }
    if (decision.verb == DecisionVerb::kDryRun || decision.verb == DecisionVerb::kVerify) {
      return Error{"no-host", no_host + " that could start the script; start one with exo run"};
    }
  }
  return {};
}

}  // namespace

RecordedDecisions decide_without_host(const StateFolder& state, const std::vector<Decision>& decisions) {
  if (auto checked = check_needs_no_process(state, decisions); !checked) return {.outcome = checked};
  auto ledger = OwnedLedger::open(state);
  if (!ledger) return {.outcome = ledger.error()};
  RecordedDecisions recorded;
  for (const Decision& decision : decisions) {
    recorded.outcome = record(state, ledger.value(), decision, recorded.events);
    if (!recorded.outcome) break;
  }
  return recorded;
}

}  // namespace exo

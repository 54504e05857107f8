#include "host/operator_view.h"

#include <memory>
#include <optional>
#include <vector>

#include "deployment-scripts/rollout.h"
#include "deployment-scripts/version_presence.h"
#include "host/history_line.h"
#include "host/host_line.h"
#include "host/instance_note.h"
#include "host/keeper_client.h"
#include "host/ledger_owner.h"
#include "host/ledger_recovery.h"
#include "host/ledger_traces.h"
#include "host/report_maker.h"
#include "host/script_on_disk.h"
#include "ledger/ledger_error.h"
#include "ledger/ownership.h"
#include "services/application.h"

namespace exo {
namespace {

constexpr std::size_t kPage = 500;

Result<void> for_each_event(const StateFolder& state, const std::function<void(const LedgerEvent&)>& take) {
  const auto ledger = open_ledger_for_reading(state);
  if (!ledger && ledger.error().code == ledger_error::kAbsent) return {};  // nothing has run yet
  if (!ledger) return with_way_out(ledger.error(), state);
  for (std::uint64_t next = 1;;) {
    const auto events = ledger.value()->read(next, kPage);
    if (!events) return with_way_out(events.error(), state);
    if (events.value().empty()) return {};
    for (const LedgerEvent& event : events.value()) take(event);
    next = events.value().back().sequence + 1;
  }
}

// The application's name; that of its folder where its files cannot be read just now.
std::string name_of(const LoadedApplication& loaded, const StateFolder& state) {
  return loaded.application ? loaded.application->name : state.application().filename().string();
}

// What runs although no host does, as the keeper knows it.
std::vector<InstanceReport> kept_instances(const std::vector<KeptProcess>& processes, const VersionKey& key) {
  std::vector<InstanceReport> instances;
  for (const KeptProcess& process : processes) {
    const auto note = parse_instance_note(process.note);
    if (!note || process.role != key.role || note->version != key.version) continue;
    instances.push_back({.id = process.id, .pid = process.pid, .state = "running", .port = note->port});
  }
  return instances;
}

// Of one whose script has mistakes nothing is said here: exo check names them.
VersionPresence presence_of(const StateFolder& state, const VersionKey& key, bool is_in_application) {
  if (!is_in_application) return VersionPresence::kMissing;
  const auto script = read_script(state.application(), key);
  return script && !script.value() ? VersionPresence::kWithoutScript : VersionPresence::kInApplication;
}

// Where the application's files cannot be read just now, nothing is taken for removed.
std::vector<VersionReport> services_of(const Rollout& rollout, const StateFolder& state,
                                       const LoadedApplication& loaded,
                                       const std::vector<KeptProcess>& processes) {
  std::vector<VersionStatus> there;
  std::vector<VersionStatus> missing;
  for (VersionStatus& version : rollout.status()) {
    const bool is_there =
        !loaded.application || loaded.application->find_version(version.key.role, version.key.version);
    const RecordedVersion& record = rollout.record().of(version.key);
    if (record.undo_open) {
      const auto why = why_undo_waits(version.key, record, presence_of(state, version.key, is_there));
      if (!why.empty()) version.reason = why;
    }
    (is_there ? there : missing).push_back(std::move(version));
  }
  auto reports =
      make_version_reports(there, [&](const VersionKey& key) { return kept_instances(processes, key); });
  for (VersionReport& report : make_reports_of_missing(missing)) reports.push_back(std::move(report));
  return reports;
}

// `owner` has no bus at this moment; nullopt: there is none.
Result<StatusReport> status_from_ledger(const StateFolder& state, const std::optional<Owner>& owner) {
  Rollout rollout;
  const auto read = for_each_event(state, [&](const LedgerEvent& event) { rollout.apply(event); });
  if (!read) return read.error();
  const LoadedApplication loaded = load_application(state.application().string());
  std::optional<HostReport> host;
  const auto kept = KeeperClient::look(state.path().string());
  if (owner) host = HostReport{.pid = owner->pid, .since = owner->since, .bus = "", .trouble = ""};
  return StatusReport{
      .application = name_of(loaded, state),
      .environment = state.environment(),
      .host = host,
      .services = services_of(rollout, state, loaded, kept ? kept.value() : std::vector<KeptProcess>())};
}

bool is_starting(const Result<std::unique_ptr<HostLine>>& host) {
  return !host && host.error().code == "starting";
}

Result<void> history_from_host(HostLine& host, const std::function<void(const std::string&)>& line) {
  for (std::uint64_t next = 1;;) {
    const auto page = host.ask("exo.history", Value::map({{"from", next}, {"limit", kPage}}));
    if (!page) return page.error();
    const auto lines = history_lines_from_json(page.value());
    if (!lines) return lines.error();
    if (lines.value().empty()) return {};
    for (const std::string& text : lines.value()) line(text);
    next += lines.value().size();
  }
}

Result<StatusReport> status_from_host(HostLine& host) {
  const auto json = host.ask("exo.status", Value::map({}));
  if (!json) return json.error();
  return status_from_json(json.value());
}

}  // namespace

Result<StatusReport> view_status(const RemoteBus& bus) {
  const auto host = HostLine::connect(bus);
  if (!host) return host.error();
  return status_from_host(*host.value());
}

Result<void> view_history(const RemoteBus& bus, const std::function<void(const std::string&)>& line) {
  const auto host = HostLine::connect(bus);
  if (!host) return host.error();
  return history_from_host(*host.value(), line);
}

Result<StatusReport> view_status(const StateFolder& state) {
  const auto owner = find_host(state.path().string());
  if (!owner) return owner.error();
  if (!owner.value()) return status_from_ledger(state, std::nullopt);
  const auto host = HostLine::connect(state, *owner.value());
  if (is_starting(host)) return status_from_ledger(state, *owner.value());
  if (!host) return host.error();
  return status_from_host(*host.value());
}

Result<void> view_history(const StateFolder& state, const std::function<void(const std::string&)>& line) {
  const auto owner = find_host(state.path().string());
  if (!owner) return owner.error();
  const auto from_ledger = [&] {
    return for_each_event(state, [&](const LedgerEvent& event) { line(to_json_line(event)); });
  };
  if (!owner.value()) return from_ledger();
  const auto host = HostLine::connect(state, *owner.value());
  if (is_starting(host)) return from_ledger();
  if (!host) return host.error();
  return history_from_host(*host.value(), line);
}

}  // namespace exo

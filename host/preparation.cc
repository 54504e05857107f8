#include "host/preparation.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "base/check.h"
#include "base/content_digest.h"
#include "base/ids.h"
#include "base/semantic_version.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "host/application_check.h"
#include "host/application_part.h"
#include "host/artifact_copies.h"
#include "host/bus_keys.h"
#include "host/identity_check.h"
#include "host/ledger_owner.h"
#include "host/ledger_recovery.h"
#include "host/ledger_traces.h"
#include "host/log_name.h"
#include "host/record.h"
#include "host/signals.h"
#include "host/unknown_events.h"
#include "host/user_access.h"
#include "ledger/ledger_error.h"
#include "ledger/ownership.h"
#include "ledger/sqlite_ledger.h"
#include "services/environment_variables.h"
#include "services/keeper/keeper_door.h"

namespace exo {
namespace {

// Where the developer's own files are: what differs there is told, and no more.
constexpr const char* kLocalEnvironment = "local";

rollout::Dependency::Until until_of(ServiceDependency::Until until) {
  switch (until) {
    case ServiceDependency::Until::kStarted:
      return rollout::Dependency::Until::kStarted;
    case ServiceDependency::Until::kReady:
      return rollout::Dependency::Until::kReady;
    case ServiceDependency::Until::kLive:
      return rollout::Dependency::Until::kLive;
  }
  EXO_CHECK(false);
}

// The ledger's own words are about locks; a person wants to know of the exo that runs.
Error runs_already(const StateFolder& state, const std::string& verb) {
  const auto owner = find_host(state.path().string());
  const std::string here = state.application().string() + " in " + state.environment();
  if (!owner || !owner.value())
    return Error{"owned", "an exo that ran " + here + " has just ended; start again"};
  const std::string which =
      state.environment() == kLocalEnvironment ? "" : " --environment " + state.environment();
  return Error{"owned", "an exo runs " + here + " already: " + describe(*owner.value()) +
                            "; look with: exo status " + shell_word(state.application().string()) + which +
                            ", and stop it with: exo stop " + shell_word(state.application().string()) +
                            which + ", or end it and go on in its place: " + verb + " " +
                            shell_word(state.application().string()) + which + " --take-over"};
}

// The folders above the state may have been made a moment ago, closed to others by the umask.
Result<void> admit(const ServiceUsers& users, const StateFolder& state) {
  const std::vector<uid_t> others = users.others();
  const auto admitted = state.admit(others.empty() ? Visitors::kNone : Visitors::kOtherUsers);
  if (!admitted) return admitted;
  for (const uid_t uid : others) {
    const auto user = find_user(std::to_string(uid));
    if (!user) return user.error();
    const auto closed = first_closed_folder(user.value(), state.tokens().string());
    if (!closed) return closed.error();
    if (closed.value().empty()) continue;
    return Error{"not-allowed", "the user \"" + user.value().name + "\" may not enter " + closed.value() +
                                    ", on the way to the tokens and data of its services; type: chmod o+x " +
                                    shell_word(closed.value())};
  }
  return {};
}

// They are made with the state, so that `exo key` finds them wherever the bus listens later.
Result<std::optional<CurveKeys>> keys_of_bus(const HostOptions& options, const StateFolder& state) {
  if (!has_curve()) {
    if (options.listen.empty()) return std::optional<CurveKeys>();
    return Error{"absent",
                 "the ZeroMQ of this machine was built without CURVE, so that the bus cannot listen on " +
                     options.listen + "; install Debian's libzmq5, or leave --listen and --bus out"};
  }
  auto keys = make_bus_keys(state);
  if (!keys) return keys.error();
  if (options.listen.empty()) return std::optional(std::move(keys).value());
  if (const auto operators = read_operator_keys(state); !operators) return operators.error();
  return std::optional(std::move(keys).value());
}

// Whoever kills a script wants to see what it leaves, and not the next attempt.
Result<void> try_once_what_is_killed(const HostOptions& options, ScriptCatalog& catalog) {
  if (!options.kill_script) return {};
  if (options.environment != "local")
    return Error{"usage", "--kill-script is for tests, and in the environment \"local\" alone"};
  const VersionKey& version = options.kill_script->version;
  for (Script& script : catalog.scripts) {
    if (script.brings_in != version) continue;
    script.settings.offline.attempts = 1;
    script.settings.online.attempts = 1;
    return {};
  }
  return Error{"usage", "--kill-script " + to_text(version) + ": there is no deployment script of it here"};
}

std::vector<rollout::VersionToBringIn> versions_to_bring_in(
    const Application& application, const ScriptCatalog& catalog,
    const std::map<VersionKey, ContentDigests>& sources) {
  std::vector<rollout::VersionToBringIn> versions;
  for (const VersionKey& key : versions_of(application)) {
    rollout::VersionToBringIn version{.key = key, .script = std::nullopt, .required_versions = {}};
    const ServiceVersion& service = *application.find_version(key.role, key.version);
    for (const RequiredServiceVersion& required : service.required_versions) {
      version.required_versions.push_back({{required.role, to_string(required.version)}, required.place});
    }
    for (const ServiceDependency& dependency : service.dependencies) {
      version.dependencies.push_back({dependency.role, until_of(dependency.until)});
    }
    if (const Script* script = catalog.find(key)) version.script = *script;
    if (const auto found = sources.find(key); found != sources.end()) version.sources = found->second;
    version.artifact = application.find_version(key.role, key.version)->copy_of;
    versions.push_back(std::move(version));
  }
  return versions;
}

// A ledger that is refused is refused by name when it is opened. What hinders reading it for a moment may be
// gone by then, and the versions would not have been compared.
Result<void> what_is_not_told_later(const Error& fault, const StateFolder& state) {
  const bool is_told = fault.code == ledger_error::kAbsent || fault.code == ledger_error::kFormatNewer ||
                       can_be_repaired(fault.code);
  return is_told ? Result<void>() : Result<void>(with_way_out(fault, state));
}

// What the ledger holds; nothing where it will be refused when it is opened.
Result<RolloutRecord> recorded_until_now(const StateFolder& state) {
  const auto ledger = open_ledger_for_reading(state);
  if (!ledger) {
    const auto refused_now = what_is_not_told_later(ledger.error(), state);
    return refused_now ? Result(RolloutRecord()) : Result<RolloutRecord>(refused_now.error());
  }
  auto record = replayed(*ledger.value());
  return record ? record : Result<RolloutRecord>(with_way_out(record.error(), state));
}

// Built in one go with the first look at the application, before anything is owned: it may take long.
Result<ArtifactCopies> copies_of(const Application& application, const ScriptCatalog& scripts,
                                 const StateFolder& state, Terminal& terminal) {
  if (const auto created = state.create(); !created) return created.error();
  const auto record = recorded_until_now(state);
  if (!record) return record.error();
  const StopSignals signals;
  return make_copies({.state = state,
                      .application = application,
                      .scripts = scripts,
                      .record = record.value(),
                      .stop = {.fd = signals.fd()},
                      .say = [&terminal](const std::string& text) { terminal.say(text); }});
}

// With those of the working tree where it holds the same, so that an exo run can compare.
std::map<VersionKey, ContentDigests> sources_of(const ArtifactCopies& copies, const Application& of_tree) {
  std::vector<std::string> not_told;  // of what may be unreadable there
  std::map<VersionKey, ContentDigests> sources;
  for (auto& [key, digests] : digests_of_versions(of_tree, not_told)) {
    if (!copies.roots.contains(key) || copies.as_the_tree.contains(key)) sources[key] = digests;
  }
  for (const auto& [key, digests] : copies.sources) sources[key].insert(digests.begin(), digests.end());
  return sources;
}

// What this host would run is what the ledger says of the versions that were brought in.
Result<void> check_contents(const RolloutRecord& record, const HostOptions& options,
                            const std::vector<rollout::VersionToBringIn>& versions) {
  const auto same = check_identities(record, options.environment, versions);
  const bool runs_copies = options.source == HostOptions::Source::kArtifacts;
  if (!same || runs_copies || !has_one_content(options.environment)) return same;
  const std::vector<std::string> unknown = known_as_artifacts_only(record, versions);
  return unknown.empty() ? Result<void>() : Error{"changed", join(unknown, "\n")};
}

// A host that has just ended may have removed what it did not use.
Result<void> check_copies(const ArtifactCopies& copies) {
  for (const auto& [key, root] : copies.roots) {
    std::error_code failure;
    if (!std::filesystem::is_directory(root, failure))
      return Error{"absent", "another exo has removed the copy of " + to_text(key) + "; start again"};
  }
  return {};
}

}  // namespace

std::map<VersionKey, ContentDigests> digests_of_versions(const Application& application,
                                                         std::vector<std::string>& notices) {
  std::map<VersionKey, ContentDigests> digests;
  for (const VersionKey& key : versions_of(application)) {
    auto digest = source_digests(application.find_version(key.role, key.version)->folder);
    if (digest) {
      digests.emplace(key, std::move(digest).value());
    } else {
      notices.push_back("whether the files of " + to_text(key) +
                        " change will not be noticed: " + digest.error().message);
    }
  }
  return digests;
}

Result<void> check_identities(const StateFolder& state,
                              const std::vector<rollout::VersionToBringIn>& versions) {
  if (!has_one_content(state.environment())) return {};
  const auto record = recorded_until_now(state);
  if (!record) return record.error();
  return check_identities(record.value(), state.environment(), versions);
}

Result<void> check_identities(const RolloutRecord& record, const std::string& environment,
                              const std::vector<rollout::VersionToBringIn>& versions) {
  if (!has_one_content(environment)) return {};
  const std::vector<std::string> found = second_contents(record, versions);
  if (found.empty()) return {};
  return Error{"changed", "a version that was brought into " + environment +
                              " has another content now, and is refused:\n" + join(found, "\n")};
}

rollout::Begin begin_with(const Application& application, const ScriptCatalog& catalog,
                          const std::map<VersionKey, ContentDigests>& sources) {
  rollout::Begin begin;
  begin.versions = versions_to_bring_in(application, catalog, sources);
  for (OrphanedScript& orphan : find_orphaned_scripts(catalog, versions_of(application))) {
    begin.other_scripts.push_back(std::move(orphan.script));
  }
  return begin;
}

rollout::Begin Preparation::begin() const {
  rollout::Begin begin = begin_with(application, catalog, sources);
  begin.left_out = left_out;
  begin.host = host_id;
  begin.environment = state.environment();
  begin.who = who;
  if (until == HostOptions::Until::kDryRun) begin.purpose = rollout::Purpose::kDryRun;
  return begin;
}

std::size_t Preparation::kept_logs(const VersionKey& version) const {
  const Script* script = catalog.find(version);
  if (script != nullptr && script->settings.kept_logs) return *script->settings.kept_logs;
  return application.logs.attempts;
}

std::map<VersionKey, std::vector<std::string>> Preparation::script_sends() const {
  std::map<VersionKey, std::vector<std::string>> sends;
  for (const Script& script : catalog.scripts) {
    if (script.sends) sends[script.brings_in] = *script.sends;
  }
  return sends;
}

Result<Preparation> prepare(const HostOptions& options, Terminal& terminal) {
  auto installation = find_installation();
  if (!installation) return installation.error();
  auto state = StateFolder::of(options.application, options.environment);
  if (!state) return state.error();

  // The ports are still the other host's, or with the services that have outlived theirs.
  const bool is_to_take_over = options.other == HostOptions::Other::kIsTakenOver;
  const bool are_held = is_to_take_over || connect_to_keeper(state.value().path().string()).ok();
  const auto what_is_checked = [&](const ArtifactCopies* copies) {
    return CheckOptions{.application = options.application,
                        .ports = options.ports,
                        .environment = own_environment(),
                        .state = state.value(),
                        .port_check = are_held ? PortCheck::kNone : PortCheck::kTakenPorts,
                        .only = options.only,
                        .copies = copies};
  };
  ApplicationCheck check = check_application(what_is_checked(nullptr));
  if (!check.mistakes.empty()) return to_error(check.mistakes);
  ArtifactCopies copies;
  std::map<VersionKey, ContentDigests> sources;
  if (options.source == HostOptions::Source::kArtifacts) {
    // Before anything is built, which may take long, for a host that will not be.
    const auto owner = find_host(state.value().path().string());
    if (!is_to_take_over && owner && owner.value()) return runs_already(state.value(), "exo host");
    auto made = copies_of(*check.application, check.catalog, state.value(), terminal);
    if (!made) return made.error();
    copies = std::move(made).value();
    sources = sources_of(copies, *check.application);
    check = check_application(what_is_checked(&copies));
    if (!check.mistakes.empty()) return to_error(check.mistakes);
  }
  auto left_out = keep_only(options.only, *check.application, check.catalog);
  if (!left_out) return left_out.error();
  const auto tried_once = try_once_what_is_killed(options, check.catalog);
  if (!tried_once) return tried_once.error();
  std::vector<std::string> notices;
  for (const Notice& warning : check.warnings) notices.push_back(to_string(warning));

  for (std::string& notice : copies.notices) notices.push_back(std::move(notice));
  if (options.source == HostOptions::Source::kWorkingTree)
    sources = digests_of_versions(*check.application, notices);
  const auto versions = versions_to_bring_in(*check.application, check.catalog, sources);
  if (has_one_content(options.environment)) {
    const auto until_now = recorded_until_now(state.value());
    if (!until_now) return until_now.error();
    const auto same = check_contents(until_now.value(), options, versions);
    if (!same) return same.error();
  }
  if (const auto created = state.value().create(); !created) return created.error();
  std::optional<TakenOver> taken_over;
  if (is_to_take_over) {
    auto ended = take_over(state.value(), [&terminal](const std::string& text) { terminal.say(text); });
    if (!ended) return ended.error();
    taken_over = std::move(ended).value();
  }
  std::string host_id = "host-" + random_id();
  Rollout rollout;
  UnknownEvents unknown;
  auto ledger = own_ledger({.folder = state.value().path().string(),
                            .owner = this_process(host_id),
                            .replayed =
                                [&](const LedgerEvent& event) {
                                  rollout.apply(event);
                                  unknown.take(event);
                                },
                            .may_begin = [&] { return may_begin_ledger(state.value()); }});
  if (!ledger && ledger.error().code == ledger_error::kOwned)
    return runs_already(state.value(),
                        options.services == HostOptions::Services::kOutliveHost ? "exo host" : "exo run");
  if (!ledger) return with_way_out(ledger.error(), state.value());
  // What was compared before was an earlier host's to change until this one owned the ledger.
  const auto still_same = check_contents(rollout.record(), options, versions);
  if (!still_same) return still_same.error();
  if (const auto there = check_copies(copies); !there) return there.error();
  if (const auto made = state.value().create_key(); !made) return made.error();
  auto bus_keys = keys_of_bus(options, state.value());
  if (!bus_keys) return bus_keys.error();
  if (const auto admitted = admit(check.users, state.value()); !admitted) return admitted.error();
  for (const std::string& notice : ledger.value()->notices()) notices.push_back(notice);
  if (auto notice = unknown.notice()) notices.push_back(*std::move(notice));
  auto journal = Journal::open(state.value().logs() / kHostLog, bounds_of(check.application->logs), terminal);
  if (!journal) return journal.error();
  return Preparation{.application = std::move(*check.application),
                     .catalog = std::move(check.catalog),
                     .sources = std::move(sources),
                     .installation = std::move(installation).value(),
                     .users = std::move(check.users),
                     .state = std::move(state).value(),
                     .ports = options.ports,
                     .metrics = options.metrics,
                     .listen = options.listen,
                     .bus = options.bus,
                     .left_out = std::move(left_out).value(),
                     .until = options.until,
                     .kill_script = options.kill_script,
                     .services = options.services,
                     .source = options.source,
                     .edits = options.edits,
                     .copies = std::move(copies.roots),
                     .bus_keys = std::move(bus_keys).value(),
                     .host_id = std::move(host_id),
                     .who = user_name(::geteuid()),
                     .journal = std::move(journal).value(),
                     .ledger = std::move(ledger).value(),
                     .rollout = std::move(rollout),
                     .taken_over = std::move(taken_over),
                     .notices = std::move(notices)};
}

}  // namespace exo

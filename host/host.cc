#include "host/host.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "base/text.h"
#include "deployment-scripts/rollout.h"
#include "host/application_check.h"
#include "host/artifact_copies.h"
#include "host/bus_listening.h"
#include "host/data_plane.h"
#include "host/dry_run_summary.h"
#include "host/edit_watch.h"
#include "host/ending.h"
#include "host/event_loop.h"
#include "host/fleet.h"
#include "host/follow_desk.h"
#include "host/follow_shell.h"
#include "host/held_messages.h"
#include "host/instance_note.h"
#include "host/journal.h"
#include "host/keeper_client.h"
#include "host/launcher.h"
#include "host/ledger_recovery.h"
#include "host/load_desk.h"
#include "host/lock_desk.h"
#include "host/log_retention.h"
#include "host/metrics_desk.h"
#include "host/narrator.h"
#include "host/operator_desk.h"
#include "host/preparation.h"
#include "host/reception.h"
#include "host/record.h"
#include "host/report_maker.h"
#include "host/script_desk.h"
#include "host/script_edit.h"
#include "host/script_runner.h"
#include "host/seen_exits.h"
#include "host/signals.h"
#include "host/speaker_names.h"
#include "host/state_folder.h"
#include "host/table_publisher.h"
#include "services/keeper/keeper_door.h"

namespace exo {
namespace {

// How long a host may go on whose ledger was deleted, when it has nothing to record.
constexpr std::chrono::seconds kLookAtLedgerEvery{1};
constexpr StopTimes kAtOnce{.term_after = std::chrono::milliseconds{0},
                            .kill_after = std::chrono::milliseconds{0}};

std::set<std::string> ids_of(const std::vector<KeptProcess>& processes) {
  std::set<std::string> ids;
  for (const KeptProcess& process : processes) ids.insert(process.id);
  return ids;
}

class Host {
 public:
  Host(Preparation prepared, Terminal& terminal);

  Result<void> start();
  HostEnd run();

 private:
  Error would_end_a_fleet() const;
  Result<void> start_data_plane(Inheritance& inheritance);
  Result<void> serve_metrics();
  Result<void> begin();
  bool is_for_dry_runs() const { return prepared_.until == HostOptions::Until::kDryRun; }
  Result<void> watch_edits();
  void take_edits();
  std::string what_it_runs_from() const;
  void tidy_copies(const std::vector<KeptProcess>& running);
  bool outlives_host() const { return prepared_.services == HostOptions::Services::kOutliveHost; }

  void take_signals();
  void take_keeper_events();
  void take_exit(const ProcessExited& exited);
  void tidy_logs();

  void drive();
  void look_at_ledger();
  Result<void> may_start();
  void carry_out(const std::vector<rollout::Action>& actions);
  void carry_out(const rollout::Action& action);
  void ready();
  void dry_runs_are_over(const std::vector<VersionStatus>& versions);
  std::string how_it_stops() const;
  void announce(const rollout::Announce& announcement);
  void show_output(const OutputLine& line);

  void stop_by_signal();
  Result<void> stop_asked(ServicesAtStop services);
  void stop(const std::string& why, ServicesAtStop services = ServicesAtStop::kEnd);
  void fail(const std::string& why);
  void stop_unready(const std::string& why);
  void give_up(const Error& fault);
  Ending::Facts facts_of_end() const;
  void move_on_stopping();
  void carry_out(const Ending::Duty& duty);
  void record_stop();
  void end_everything_now();
  std::optional<MonotonicTime> wake_at() const;
  StatusReport status() const;

  Preparation prepared_;
  Terminal& terminal_;
  Journal& journal_;
  Narrator narrator_;
  SpeakerNames speakers_;
  StopSignals signals_;
  StopRequests stop_requests_;
  EventLoop loop_;
  Rollout rollout_;
  Record record_;
  RolloutInputs inputs_;
  std::string since_ = to_rfc3339(unix_now());

  LogRetention logs_;
  std::unique_ptr<KeeperClient> keeper_;
  DataPlane data_plane_;
  std::optional<Launcher> launcher_;
  std::optional<Fleet> fleet_;
  std::optional<ScriptRunner> scripts_;
  std::optional<LockDesk> locks_;
  std::optional<LoadDesk> loads_;
  std::optional<TablePublisher> tables_;
  std::optional<FollowShell> follow_shell_;
  std::optional<FollowDesk> follows_;
  std::optional<OperatorDesk> desk_;
  std::optional<ScriptDesk> script_desk_;
  std::optional<HeldMessages> held_messages_;
  std::optional<MetricsDesk> metrics_;
  std::optional<Reception> reception_;
  std::optional<EditWatch> edits_;

  MonotonicTime look_at_ledger_at_{};
  bool ledger_lost_ = false;  // nothing may be decided any more
  Ending ending_;
  HostEnd end_;
};

Host::Host(Preparation prepared, Terminal& terminal)
    : prepared_(std::move(prepared)),
      terminal_(terminal),
      journal_(*prepared_.journal),
      narrator_(journal_, terminal_),
      speakers_(versions_of(prepared_.application)),
      rollout_(std::move(prepared_.rollout)),
      record_({.ledger = *prepared_.ledger,
               .rollout = rollout_,
               .who = prepared_.who,
               .host = prepared_.host_id}),
      logs_({.folder = prepared_.state.logs(),
             .kept = [this](const VersionKey& version) { return prepared_.kept_logs(version); }}),
      data_plane_(prepared_, journal_) {}

Result<void> Host::start() {
  journal_.say(prepared_.application.name + " in " + prepared_.state.environment() + what_it_runs_from() +
               ", state in " + prepared_.state.path().string());
  for (const std::string& notice : prepared_.notices) journal_.say(notice);
  if (is_for_dry_runs()) {
    journal_.say("this is a dry run: no script is run for real, and no gate opens for one");
  }
  terminal_.reserve_column(speakers_.width());
  auto keeper =
      KeeperClient::start({.program = (prepared_.installation.programs / "exo-keeper").string(),
                           .state_folder = prepared_.state.path().string(),
                           .interrupt_fd = signals_.fd(),
                           .waiting = [this](const std::string& holder) { narrator_.waiting_for(holder); }});
  if (!keeper) return keeper.error();
  keeper_ = std::move(keeper).value();
  Inheritance inheritance = keeper_->take_inheritance();
  if (is_for_dry_runs() && !inheritance.processes.empty()) return would_end_a_fleet();
  if (const auto started = start_data_plane(inheritance); !started) return started;
  tidy_copies(inheritance.processes);
  const bool is_over_tcp = prepared_.bus == HostOptions::Bus::kTcp;
  launcher_.emplace(
      Launcher::Context{.state = prepared_.state,
                        .installation = prepared_.installation,
                        .bus = is_over_tcp ? reached_from_here(data_plane_.broker().tcp_endpoint())
                                           : data_plane_.broker().endpoint(),
                        .bus_key = is_over_tcp ? prepared_.bus_keys->public_key : "",
                        .public_ports = data_plane_.public_ports(),
                        .users = prepared_.users},
      prepared_.application);
  fleet_.emplace(Fleet::Parts{.application = prepared_.application,
                              .broker = data_plane_.broker(),
                              .keeper = *keeper_,
                              .launcher = *launcher_,
                              .inputs = inputs_,
                              .journal = journal_,
                              .host_id = prepared_.host_id,
                              .may_start = [this] { return may_start(); }});
  fleet_->inherit(inheritance.processes);
  scripts_.emplace(ScriptRunner::Parts{.application = prepared_.application,
                                       .broker = data_plane_.broker(),
                                       .keeper = *keeper_,
                                       .launcher = *launcher_,
                                       .inputs = inputs_,
                                       .may_start = [this] { return may_start(); },
                                       .kill = prepared_.kill_script});
  locks_.emplace(data_plane_.broker(), journal_, prepared_.ledger->epoch(), ids_of(inheritance.processes));
  loads_.emplace(LoadDesk::Parts{.broker = data_plane_.broker(),
                                 .keeper = *keeper_,
                                 .launcher = *launcher_,
                                 .rollout = rollout_,
                                 .inputs = inputs_,
                                 .host_id = prepared_.host_id,
                                 .may_start = [this] { return may_start(); }});
  tables_.emplace(TablePublisher::Parts{.broker = data_plane_.broker(),
                                        .forwarder = data_plane_.forwarder(),
                                        .application = prepared_.application,
                                        .rollout = rollout_,
                                        .script_sends = prepared_.script_sends(),
                                        .operator_may_send = prepared_.state.environment() == "local"});
  follow_shell_.emplace(FollowShell::Parts{.broker = data_plane_.broker(),
                                           .journal = journal_,
                                           .ledger = *prepared_.ledger,
                                           .folder = prepared_.state.runs()});
  follows_.emplace(
      FollowDesk::Parts{.outside = *follow_shell_, .inputs = inputs_, .host_id = prepared_.host_id});
  desk_.emplace(
      OperatorDesk::Parts{.broker = data_plane_.broker(),
                          .ledger = *prepared_.ledger,
                          .status = [this] { return status(); },
                          .stop = [this](ServicesAtStop services) { return stop_asked(services); }});
  script_desk_.emplace(ScriptDesk::Parts{.broker = data_plane_.broker(),
                                         .inputs = inputs_,
                                         .application = prepared_.state.application(),
                                         .copies = prepared_.copies,
                                         .catalog = prepared_.catalog,
                                         .record = rollout_.record(),
                                         .environment = prepared_.state.environment()});
  held_messages_.emplace(
      HeldMessages::Parts{.application = prepared_.application,
                          .broker = data_plane_.broker(),
                          .allowed = prepared_.state.environment() == "local",
                          .versions = [this] { return rollout_.status(); },
                          .instances = [this](const VersionKey& key) { return fleet_->reports(key); },
                          .record = [this](LedgerEvent event) { return record_.append(std::move(event)); }});
  reception_.emplace(Reception::Parts{.data_plane = data_plane_,
                                      .journal = journal_,
                                      .narrator = narrator_,
                                      .inputs = inputs_,
                                      .fleet = *fleet_,
                                      .scripts = *scripts_,
                                      .locks = *locks_,
                                      .loads = *loads_,
                                      .follows = *follows_,
                                      .tables = *tables_,
                                      .operators = *desk_,
                                      .decisions = *script_desk_,
                                      .held_messages = *held_messages_,
                                      .metrics = metrics_});
  loop_.watch(signals_.fd(), [this] { take_signals(); });
  loop_.watch(keeper_->event_fd(), [this] { take_keeper_events(); });
  loop_.watch(data_plane_.broker().event_fd(), [this] { reception_->take_broker_events(); });
  loop_.watch(data_plane_.forwarder().event_fd(), [this] { reception_->take_forwarder_events(); });
  if (const auto served = serve_metrics(); !served) return served;
  if (const auto watched = watch_edits(); !watched) return watched;
  return begin();
}

// The services of exo host go on without one; those of a dry run end with it.
Error Host::would_end_a_fleet() const {
  return Error{
      "does-not-fit",
      "services run here without a host, and would end with a dry run; have their next host make it: "
      "exo script pause before it starts, then exo script dry-run and exo script resume"};
}

// Before anything is started from what is there now.
Result<void> Host::watch_edits() {
  if (prepared_.edits == HostOptions::Edits::kAreNotSeen) return {};
  auto edits = EditWatch::start(prepared_.application);
  if (!edits) return edits.error();
  edits_.emplace(std::move(edits).value());
  loop_.watch(edits_->fd(), [this] { edits_->take(monotonic_now()); });
  journal_.say("watching the files of the services; whoever is edited is started again");
  return {};
}

void Host::take_edits() {
  const EditLook look = edits_->edits(monotonic_now());
  for (const Error& fault : look.faults) journal_.warn("not all that is edited is known: " + fault.message);
  for (const VersionEdit& edit : look.edits) {
    for (const std::string& file : edit.settled)
      journal_.say(file +
                   " has changed, and is read when exo run starts: stop it and start it again for that");
    if (!edit.files.empty() && fleet_->restart(edit.version)) journal_.say(describe(edit));
  }
  for (const std::string& line : describe_script_edits(look.scripts, prepared_.catalog)) journal_.say(line);
}

std::string Host::what_it_runs_from() const {
  if (prepared_.source == HostOptions::Source::kWorkingTree) return ", from the working tree";
  const auto versions = versions_of(prepared_.application);
  return prepared_.copies.size() == versions.size() ? ", from artifacts"
         : prepared_.copies.empty()                 ? ", from the working tree"
                                                    : ", from artifacts and the working tree";
}

// What an earlier host has started runs on from its copy, whichever a new instance gets.
void Host::tidy_copies(const std::vector<KeptProcess>& running) {
  std::set<std::string> used;
  for (const auto& [key, root] : prepared_.copies) used.insert(root.filename().string());
  for (const KeptProcess& process : running) {
    if (const auto note = parse_instance_note(process.note)) used.insert(note->artifact);
  }
  remove_unused_copies(prepared_.state.copies(), used);
}

// What an earlier host's processes know stays as they know it, and is theirs alone.
Result<void> Host::start_data_plane(Inheritance& inheritance) {
  const std::set<std::string> running = ids_of(inheritance.processes);
  prepared_.state.remove_stale_tokens(running);
  if (running.empty()) prepared_.state.remove_stale_sockets();
  if (!running.empty()) {
    journal_.say(std::to_string(running.size()) + (running.size() == 1 ? " process" : " processes") +
                 " of the fleet " + (running.size() == 1 ? "runs" : "run") +
                 " already, and go on under this host");
  }
  DataPlane::Keeping keeping{.release = [this](const std::string& name) { keeper_->release(name); }};
  if (outlives_host()) {
    keeping.hold = [this](const std::string& name, UniqueFd descriptor) {
      keeper_->hold(name, std::move(descriptor));
    };
  }
  return data_plane_.start({.processes = !running.empty(), .descriptors = std::move(inheritance.descriptors)},
                           keeping);
}

Result<void> Host::serve_metrics() {
  if (!prepared_.metrics) return {};
  auto server = MetricsServer::start(*prepared_.metrics);
  if (!server) return server.error();
  metrics_.emplace(std::move(server).value(), data_plane_.broker(), [this] { return status(); });
  loop_.watch(metrics_->wanted_fd(), [this] { metrics_->wanted(); });
  journal_.say("metrics are at http://" + to_string(metrics_->address()) + "/metrics");
  return {};
}

Result<void> Host::begin() {
  LedgerEvent started;
  started.type = event_type::kHostStarted;
  if (prepared_.taken_over) started.details = to_details(*prepared_.taken_over);
  if (const auto appended = record_.append(std::move(started)); !appended) return appended;
  end_.host_id = prepared_.host_id;
  rollout::Begin begin = prepared_.begin();
  begin.exits = seen_exits(rollout_.record(), read_exit_records(prepared_.state.path().string()));
  inputs_.push_back(std::move(begin));
  // Only now, so that services which have outlived their host outlive one that cannot start, too.
  keeper_->outlive_host(outlives_host());
  tidy_logs();
  take_keeper_events();  // what came with the inheritance
  return {};
}

HostEnd Host::run() {
  while (!ending_.has_ended()) {
    drive();
    move_on_stopping();
    if (ending_.has_ended()) break;
    loop_.wait(wake_at());
  }
  if (ending_.services() == ServicesAtStop::kGoOn) {
    keeper_->leave();
    data_plane_.leave();
  } else {
    prepared_.state.forget_bus(data_plane_.broker().endpoint());
  }
  return end_;
}

void Host::take_signals() {
  while (const auto signal = signals_.take()) {
    const bool again = stop_requests_.asks_again(*signal);
    if (ending_.serves()) {
      stop_by_signal();
    } else if (again) {
      end_everything_now();
    }
  }
}

void Host::take_keeper_events() {
  for (const KeeperEvent& event : keeper_->take_events()) {
    std::visit(Overloaded{
                   [&](const ProcessStarted& started) { fleet_->started(started); },
                   [&](const ProcessFailedToStart& failed) {
                     if (loads_->failed_to_start(failed)) return;
                     if (!scripts_->failed_to_start(failed)) fleet_->failed_to_start(failed);
                   },
                   [&](const OutputLine& line) { show_output(line); },
                   [&](const AwaitedTextSaid& said) { fleet_->said(said); },
                   [&](const OutputLinesLeftOut& left_out) {
                     journal_.warn(std::to_string(left_out.count) + " lines of " + left_out.id +
                                   " are not shown here; its log file has them");
                   },
                   [&](const ProcessExited& exited) { take_exit(exited); },
                   [&](const KeeperNotice& notice) { journal_.warn(notice.text); },
                   [&](const AllStopped&) { ending_.finish(); },
                   // Of the list that came first, and that the client has taken.
                   [&](const KeptProcess&) {},
                   [&](const HeldDescriptor&) {},
                   [&](const Listed&) {},
                   [&](const KeeperLost& lost) {
                     loop_.forget(keeper_->event_fd());
                     if (!ending_.has_ended()) {
                       const std::string what =
                           "the keeper is gone (" + lost.reason + "), and with it every process of the fleet";
                       journal_.warn(what + "; start this host again");
                       fail(what);
                       ending_.finish();
                     }
                   },
               },
               event);
  }
}

void Host::take_exit(const ProcessExited& exited) {
  if (loads_->exited(exited)) return;
  locks_->gone(exited.id);
  if (scripts_->exited(exited)) {
    tidy_logs();
  } else {
    fleet_->exited(exited);
  }
}

void Host::tidy_logs() {
  for (const std::string& notice : logs_.tidy(unfinished_attempts(rollout_.record()))) journal_.note(notice);
}

void Host::drive() {
  look_at_ledger();
  fleet_->tick();
  locks_->tick(monotonic_now());
  loads_->drive(monotonic_now());
  if (!ledger_lost_) follows_->drive(monotonic_now());
  if (edits_ && ending_.serves() && !ledger_lost_) take_edits();
  if (fleet_->ready_changed()) tables_->publish_forwarding(fleet_->ready());
  inputs_.push_back(rollout::Tick{});
  while (!inputs_.empty()) {
    const rollout::Input input = std::move(inputs_.front());
    inputs_.pop_front();
    const auto actions = rollout_.step(input, monotonic_now());
    if (actions.empty()) continue;
    inputs_.push_front(rollout::Tick{});
    carry_out(actions);
  }
  const MonotonicTime now = monotonic_now();
  if (narrator_.progress_is_due(now)) narrator_.show_progress(rollout_.status(), now);
}

void Host::look_at_ledger() {
  const MonotonicTime now = monotonic_now();
  if (ledger_lost_ || now < look_at_ledger_at_) return;
  look_at_ledger_at_ = now + kLookAtLedgerEvery;
  data_plane_.follow_operator_keys();
  static_cast<void>(may_start());
}

// Whether this host still owns its ledger. One that does not starts nothing, and ends.
Result<void> Host::may_start() {
  if (ledger_lost_) return Error{"ledger-lost", "this host has lost its ledger, and starts nothing any more"};
  auto owned = prepared_.ledger->check_place();
  if (!owned && is_lost_for_good(owned.error())) give_up(owned.error());
  return owned;
}

void Host::carry_out(const std::vector<rollout::Action>& actions) {
  for (const rollout::Action& action : actions) {
    if (!std::holds_alternative<rollout::Announce>(action)) journal_.note(rollout::describe(action));
    carry_out(action);
  }
}

void Host::carry_out(const rollout::Action& action) {
  std::visit(Overloaded{
                 [&](const rollout::Append& wanted) {
                   const bool was_blocked = !rollout_.ledger_trouble().empty();
                   const auto appended = record_.append(wanted.event);
                   if (appended && was_blocked)
                     journal_.say("the ledger can be written again; everything goes on");
                   if (appended) return narrator_.recorded(wanted.event);
                   if (is_lost_for_good(appended.error())) give_up(appended.error());
                   inputs_.front() = rollout::AppendFailed{appended.error().message};
                 },
                 [&](const rollout::StartInstances& start) { fleet_->start(start.version); },
                 [&](const rollout::StartScript& start) { scripts_->start(start); },
                 [&](const rollout::SendStart& start) { scripts_->send_start(start); },
                 [&](const rollout::AcknowledgeCheckpoint& saved) { scripts_->acknowledge(saved); },
                 [&](const rollout::AcknowledgeFollow& followed) { scripts_->acknowledge(followed); },
                 [&](const rollout::EndScript& end) { scripts_->end(end); },
                 [&](const rollout::PublishTable&) {
                   follows_->adopt(rollout_.follows(), followed_runs(rollout_.record()), monotonic_now());
                   tables_->publish(fleet_->ready());
                 },
                 [&](const rollout::Announce& announcement) { announce(announcement); },
                 [&](const rollout::Decided& decided) { script_desk_->answer(decided); },
                 [&](const rollout::Ready&) { ready(); },
             },
             action);
}

void Host::ready() {
  fleet_->settle_inheritance();
  if (!ending_.serves()) return;  // a signal came with it; why it stops is said
  const std::vector<VersionStatus> versions = rollout_.status();
  if (is_for_dry_runs()) return dry_runs_are_over(versions);
  narrator_.ready(versions);
  if (prepared_.until != HostOptions::Until::kReady)
    return narrator_.invite(data_plane_.public_ports(), how_it_stops());
  const auto fits = [](const VersionStatus& version) {
    return version.state == VersionState::kLive && !version.flagged;
  };
  const bool all_live = std::all_of(versions.begin(), versions.end(), fits);
  if (!all_live) fail("no version has anything more to do, and not every one is live");
  stop(all_live ? "stopping, since every version is live"
                : "stopping, since no version has anything more to do, and not every one is live");
}

void Host::dry_runs_are_over(const std::vector<VersionStatus>& versions) {
  const DryRunSummary summary = summary_of(rollout_.dry_runs(), versions);
  if (!summary.is_good) fail(summary.text);
  stop("stopping: " + summary.text);
}

std::string Host::how_it_stops() const {
  if (!outlives_host()) return "press Ctrl-C to stop";
  return "press Ctrl-C to stop this host alone; to stop the services as well: " +
         command_about(prepared_.state, "stop");
}

void Host::announce(const rollout::Announce& announcement) {
  if (ledger_lost_ && announcement.kind == rollout::AnnouncementKind::kLedgerBlocked) return;  // it was said
  narrator_.announce(announcement);
}

void Host::show_output(const OutputLine& line) {
  if (loads_->owns(line.id)) return;  // its last line comes with what it says
  const auto version = fleet_->version_of(line.id);
  terminal_.output(version ? speakers_.of(*version) : line.role, line.text);
}

StatusReport Host::status() const {
  std::vector<VersionReport> versions =
      make_version_reports(rollout_.status(), [this](const VersionKey& key) { return fleet_->reports(key); });
  add_progress(narrator_.progress(), versions);
  add_locks([this](const rollout::AttemptId& id) { return locks_->of(scripts_->instance_of(id)); }, versions);
  for (VersionReport& missing : make_reports_of_missing(rollout_.status_of_missing())) {
    versions.push_back(std::move(missing));
  }
  return {.application = prepared_.application.name,
          .environment = prepared_.state.environment(),
          .host = HostReport{.pid = ::getpid(),
                             .since = since_,
                             .bus = data_plane_.broker().endpoint(),
                             .trouble = rollout_.ledger_trouble()},
          .services = std::move(versions)};
}

// The first reason is what the others come of.
void Host::fail(const std::string& why) {
  end_.exit_code = 1;
  if (end_.reason.empty()) end_.reason = why;
}

// Whoever waits for all to be live, or dry-run, is not to take this for it.
void Host::stop_unready(const std::string& why) {
  if (prepared_.until == HostOptions::Until::kReady) fail(why + " before every version was live");
  if (is_for_dry_runs()) fail(why + " before all dry runs were made");
}

// A host that is a service is replaced by its signal; a fleet that is one is stopped by a person's word.
void Host::stop_by_signal() {
  stop_unready("it was stopped by a signal");
  if (!outlives_host()) return stop("stopping; press Ctrl-C again to end everything at once");
  stop("stopping; the services go on without a host until the next one, or until: " +
           command_about(prepared_.state, "stop"),
       ServicesAtStop::kGoOn);
}

Result<void> Host::stop_asked(ServicesAtStop services) {
  if (!ending_.serves()) return Error{"stopping", "the host is stopping already"};
  const bool go_on = services == ServicesAtStop::kGoOn;
  if (go_on && !outlives_host()) {
    return Error{
        "usage",
        "the services of exo run end with it; those of exo host can go on without it (exo host --help)"};
  }
  stop_unready("it was stopped by exo stop");
  stop(go_on ? "stopping, as exo stop has asked; the services go on without a host"
             : "stopping, as exo stop has asked",
       services);
  return {};
}

void Host::stop(const std::string& why, ServicesAtStop services) {
  journal_.say(why);
  ending_.begin(services, monotonic_now());
  inputs_.push_back(rollout::Stop{});
}

void Host::give_up(const Error& fault) {
  stop_requests_.stops_anyway();
  if (std::exchange(ledger_lost_, true)) return;
  const std::string what = with_way_out(fault, prepared_.state).message;
  journal_.warn(what);
  fail(what);
  if (!ending_.serves()) return;
  // Services that nobody can find again, since the folder of the state is gone, would run for ever.
  const bool can_be_found = connect_to_keeper(prepared_.state.path().string()).ok();
  stop("stopping, because nothing may be decided without the ledger",
       outlives_host() && can_be_found ? ServicesAtStop::kGoOn : ServicesAtStop::kEnd);
}

Ending::Facts Host::facts_of_end() const {
  return {.scripts_recorded = rollout_.stopped(),
          .services_gone = fleet_->stopped(),
          .ledger_lost = ledger_lost_};
}

void Host::move_on_stopping() {
  for (;;) {
    const Ending::Duty duty = ending_.look(facts_of_end(), monotonic_now());
    if (!duty.is_any()) return;
    carry_out(duty);
  }
}

void Host::carry_out(const Ending::Duty& duty) {
  if (duty.records) record_stop();
  if (duty.services == Ending::Duty::Services::kNone) return;
  keeper_->outlive_host(false);
  fleet_->stop();
  if (duty.services == Ending::Duty::Services::kEndAtOnce) keeper_->stop_all({}, kAtOnce);
}

void Host::record_stop() {
  LedgerEvent stopped{.type = std::string(event_type::kHostStopped)};
  if (ending_.services() == ServicesAtStop::kGoOn) stopped.details = R"({"services":"go on"})";
  const auto appended = record_.append(std::move(stopped));
  if (appended) return;
  const std::string what = "the ledger does not hold that this host has stopped: " + appended.error().message;
  journal_.warn(what + "; make room there and see that it can be written, before the next host is started");
  fail(what);
}

void Host::end_everything_now() {
  journal_.warn(ending_.services() == ServicesAtStop::kGoOn ? "ending at once" : "ending everything at once");
  carry_out(ending_.hurry(facts_of_end()));
}

std::optional<MonotonicTime> Host::wake_at() const {
  std::optional<MonotonicTime> earliest = ending_.look_at();
  if (!ledger_lost_ && (!earliest || look_at_ledger_at_ < *earliest)) earliest = look_at_ledger_at_;
  for (const auto& time : {rollout_.wake_at(), fleet_->wake_at(), locks_->wake_at(), loads_->wake_at(),
                           follows_->wake_at(), narrator_.look_at_progress_at(),
                           edits_ && ending_.serves() && !ledger_lost_ ? edits_->wake_at() : std::nullopt}) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  }
  return earliest;
}

// Each line of a message with several, as the mistakes of a file are, gets its own prefix. Who was stopped
// before it began has not failed, unless it was to end by itself.
HostEnd end_with(const Error& error, const HostOptions& options, Terminal& terminal) {
  if (error.code == "interrupted") {
    if (options.until == HostOptions::Until::kStopped) return {};
    return {.exit_code = 1, .host_id = "", .reason = "it was stopped by a signal before it began"};
  }
  for (const std::string_view line : split(error.message, '\n')) {
    if (!line.empty()) terminal.warn(line);
  }
  return {.exit_code = 1, .host_id = "", .reason = error.message};
}

}  // namespace

HostEnd run_host(const HostOptions& options, Terminal& terminal) {
  auto prepared = prepare(options, terminal);
  if (!prepared) return end_with(prepared.error(), options, terminal);
  Host host(std::move(prepared).value(), terminal);
  if (const auto started = host.start(); !started) return end_with(started.error(), options, terminal);
  return host.run();
}

}  // namespace exo

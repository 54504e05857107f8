#include "services/keeper/keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "services/keeper/file_lock.h"
#include "services/keeper/process_tree.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLockPause{50};
constexpr milliseconds kSweepPause{20};
// One empty walk can miss a process that was born during it; two in a row after SIGKILLs do not in practice.
constexpr int kEmptySweeps = 2;
// Of the queue to a host that does not keep up; so that one talkative process does not silence the others.
constexpr std::size_t kQueueShare = LineChannel::kQueueLimit / 4;
// How long the keeper's last words may wait for a host that does not read.
constexpr milliseconds kFarewell{1000};
// Of those who have connected and said nothing yet; whoever has been there longest leaves for the next.
constexpr std::size_t kMostPeers = 8;

// Whoever reads what a host writes waits for its end, which must not be the keeper's.
void leave_hosts_errors(const std::string& state_folder) {
  const std::string file = state_folder + "/logs/keeper.log";
  UniqueFd errors(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!errors) errors.reset(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (errors) ::dup2(errors.get(), STDERR_FILENO);
}

milliseconds remaining(MonotonicTime until) {
  const auto left = std::chrono::ceil<milliseconds>(until - monotonic_now());
  return std::max(left, milliseconds(0));
}

}  // namespace

Keeper::Keeper(Options options, UniqueFd control, UniqueFd signals)
    : options_(std::move(options)),
      channel_(std::move(control), kMaxProtocolLine),
      signals_(std::move(signals)) {}

bool Keeper::run() {
  auto locked = take_keeper_lock();
  const std::string refusal = locked ? "" : locked.error().message;
  tell_greeting(refusal);
  channel_.flush();
  if (!locked) return false;
  while (true) {
    settle();
    send_queued();
    if (ending_ && processes_.empty() && sweeps_left_ == 0) break;
    wait_for_something();
  }
  const MonotonicTime until = monotonic_now() + kFarewell;
  while (channel_.wants_write() && monotonic_now() < until) {
    pollfd writable{channel_.fd(), POLLOUT, 0};
    ::poll(&writable, 1, static_cast<int>(remaining(until).count()));
    channel_.flush();
  }
  return true;
}

void Keeper::tell_greeting(const std::string& refusal) {
  channel_.send(encode(KeeperGreeting{.pid = ::getpid(), .refusal = refusal}));
}

Result<void> Keeper::take_keeper_lock() {
  const std::string path = options_.state_folder + "/keeper.lock";
  const MonotonicTime until = monotonic_now() + options_.lock_wait;
  while (true) {
    auto lock = take_file_lock(path);
    if (lock) {
      lock_ = std::move(lock).value();
      break;
    }
    if (lock.error().code != "busy") return lock.error();
    if (monotonic_now() >= until)
      return Error{"busy", "\"" + path + "\" is still held after " +
                               std::to_string(options_.lock_wait.count()) +
                               " ms: the keeper with process id " + read_lock_text(path) +
                               ", or a guard that it left, has not ended its processes"};
    if (!wait_for_host_or(kLockPause)) return Error{"ended", "the keeper was told to end"};
  }
  write_lock_text(lock_.get(), std::to_string(::getpid()));
  auto records = ExitRecords::open(options_.state_folder);
  if (!records) return records.error();
  records_ = std::move(records).value();
  auto door = KeeperDoor::open(options_.state_folder);
  if (!door) return door.error();
  door_.emplace(std::move(door).value());
  return {};
}

// Lets some time pass; false when the host left or SIGTERM came.
bool Keeper::wait_for_host_or(milliseconds time) {
  std::array<pollfd, 2> polled{{{channel_.fd(), POLLRDHUP, 0}, {signals_.get(), POLLIN, 0}}};
  ::poll(polled.data(), polled.size(), static_cast<int>(time.count()));
  if (polled[1].revents != 0) receive_signals();
  return polled[0].revents == 0 && !told_to_end_;
}

// The processes' entries follow the first three in the order of the map, which nothing changes until all are
// looked at; requests, which may change it, come last.
void Keeper::wait_for_something() {
  const auto control_events = static_cast<short>(POLLIN | (channel_.wants_write() ? POLLOUT : 0));
  const int control = channel_.ended() ? -1 : channel_.fd();
  const int door = ending_ ? -1 : door_->fd();
  std::vector<pollfd> polled{{control, control_events, 0}, {signals_.get(), POLLIN, 0}, {door, POLLIN, 0}};
  for (const auto& [id, process] : processes_)
    for (const pollfd& entry : process->poll_entries()) polled.push_back(entry);
  for (const LineChannel& peer : peers_) polled.push_back({peer.fd(), POLLIN, 0});
  const int timeout = next_turn_ ? static_cast<int>(remaining(*next_turn_).count()) : -1;
  if (::poll(polled.data(), polled.size(), timeout) <= 0) return;
  std::size_t at = 3;
  for (const auto& [id, process] : processes_) {
    if (polled[at].revents != 0) read_reports(*process);
    for (const OutputStream stream : {OutputStream::kStdout, OutputStream::kStderr})
      if (polled[at + 1 + static_cast<std::size_t>(stream)].revents != 0)
        forward(*process, stream, process->read_output(stream));
    at += 3;
  }
  if (polled[1].revents != 0) receive_signals();
  if (polled[0].revents != 0) receive_requests();
  hear_peers();
  if (polled[2].revents != 0) let_in();
}

void Keeper::let_in() {
  while (UniqueFd socket = door_->accept()) {
    if (peers_.size() >= kMostPeers) peers_.erase(peers_.begin());
    peers_.emplace_back(std::move(socket), kMaxProtocolLine);
  }
}

void Keeper::hear_peers() {
  std::vector<LineChannel> silent;
  for (LineChannel& peer : std::exchange(peers_, {})) {
    const auto lines = peer.receive();
    if (lines.empty()) {
      if (!peer.ended()) silent.push_back(std::move(peer));
      continue;
    }
    const auto request = parse_request(lines.front());
    if (request) answer(std::move(peer), request.value());
  }
  peers_ = std::move(silent);
}

void Keeper::answer(LineChannel peer, const KeeperRequest& request) {
  if (std::holds_alternative<AttachRequest>(request)) return attach(std::move(peer));
  if (!std::holds_alternative<LookRequest>(request)) return;
  peer.send(encode(KeeperGreeting{.pid = ::getpid(), .refusal = ""}));
  for (const KeptProcess& process : kept()) peer.send(encode(KeeperEvent(process)));
  peer.send(encode(KeeperEvent(Listed{})));
  peer.flush();  // far less than a socket takes, unless the fleet has thousands of processes
}

// One that ends with its host gives no answer: the next host's own keeper waits for its lock.
void Keeper::attach(LineChannel host) {
  if (!outlives_host_) return;
  std::string refusal;
  if (!host_is_gone()) {
    refusal = "another host has this environment";
  } else if (stop_all_) {  // what a next host would find is on its way out, and this keeper with it
    refusal = "everything is being stopped";
  }
  if (!refusal.empty()) {
    host.send(encode(KeeperGreeting{.pid = ::getpid(), .refusal = refusal}));
    return host.flush();
  }
  if (!without_host_) be_without_host();
  channel_ = std::move(host);
  without_host_ = false;
  tell_greeting("");
  for (const KeptProcess& process : kept()) tell(process);
  for (const auto& [name, descriptor] : held_) {
    UniqueFd copy(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0));
    channel_.send(encode(KeeperEvent(HeldDescriptor{name})), std::move(copy));
  }
  tell(Listed{});
}

std::vector<KeptProcess> Keeper::kept() const {
  std::vector<KeptProcess> all;
  for (const auto& [id, process] : processes_) {
    if (process->over()) continue;
    all.push_back({.id = id,
                   .role = process->spec().role,
                   .pid = process->is_started() ? process->program() : 0,
                   .note = process->spec().note,
                   .said = process->has_said_awaited_text()});
  }
  return all;
}

void Keeper::receive_requests() {
  for (const std::string& line : channel_.receive()) {
    auto request = parse_request(line);
    if (!request) {
      tell(KeeperNotice{request.error().message});
      continue;
    }
    std::visit([this](auto&& asked) { handle(std::forward<decltype(asked)>(asked)); },
               std::move(request).value());
  }
}

void Keeper::handle(SpawnRequest request) {
  const std::string id = request.spec.id;
  if (processes_.contains(id))
    return tell(KeeperNotice{"the process id \"" + id + "\" is in use: not started"});
  if (stop_all_ || ending_)
    return tell(
        ProcessFailedToStart{id, "stopping", "everything is being stopped: \"" + id + "\" is not started"});
  auto process = GuardedProcess::start(std::move(request.spec), lock_.get());
  if (!process) return tell(ProcessFailedToStart{id, process.error().code, process.error().message});
  processes_.emplace(id, std::move(process).value());
}

void Keeper::handle(const StopRequest& request) {
  const auto found = processes_.find(request.id);
  if (found != processes_.end()) stop(*found->second, request.times);
}

// A second request takes the first one's place: whoever is impatient may say so.
void Keeper::handle(const StopAllRequest& request) {
  stop_all_ = StopAll{.batches = {request.batches.begin(), request.batches.end()},
                      .times = request.times,
                      .stopping = {},
                      .last = false};
}

void Keeper::handle(const OutliveHostRequest& request) {
  outlives_host_ = request.outlives;
  if (outlives_host_) leave_hosts_errors(options_.state_folder);
}

void Keeper::handle(const HoldRequest& request) {
  UniqueFd descriptor = channel_.take_descriptor();
  if (!descriptor) return tell(KeeperNotice{"\"" + request.name + "\" came without its descriptor"});
  held_.insert_or_assign(request.name, std::move(descriptor));
}

void Keeper::handle(const ReleaseRequest& request) {
  held_.erase(request.name);
}

void Keeper::handle(const LookRequest& /*request*/) {
  tell(KeeperNotice{"a host does not look from outside: not answered"});
}

void Keeper::handle(const AttachRequest& /*request*/) {
  tell(KeeperNotice{"a host attaches once: not answered"});
}

void Keeper::stop(GuardedProcess& process, StopTimes times) {
  const MonotonicTime term = monotonic_now() + times.term_after;
  process.stop_at(term, term + times.kill_after);
}

void Keeper::receive_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) > 0)
    if (info.ssi_signo == SIGTERM) told_to_end_ = true;
  reap();
}

void Keeper::reap() {
  while (true) {
    int raw_status = 0;
    rusage usage{};
    const pid_t pid = ::wait4(-1, &raw_status, WNOHANG, &usage);
    if (pid <= 0) return;
    const auto is_guard = [pid](const auto& entry) { return entry.second->guard() == pid; };
    const auto found = std::find_if(processes_.begin(), processes_.end(), is_guard);
    if (found == processes_.end()) {
      program_of_lost_guard_ended(pid, raw_status, usage);
      continue;
    }
    GuardedProcess& process = *found->second;
    read_reports(process);
    // Now: until its log is on the disk its host may have gone, too.
    if (host_is_gone()) process.host_was_gone();
    process.guard_ended(WaitStatus::from_raw(raw_status));
    if (!process.guard_lost()) continue;
    sweeps_left_ = kEmptySweeps;
    tell(KeeperNotice{"the guard of \"" + found->first + "\" was lost (" +
                      WaitStatus::from_raw(raw_status).describe() + "): ending what it guarded"});
  }
}

// Its end may be seen before its guard's, so the report that names it may still be unread.
void Keeper::program_of_lost_guard_ended(pid_t pid, int raw_status, const rusage& usage) {
  for (const auto& [id, process] : processes_) {
    read_reports(*process);
    if (process->program() == pid) process->lost_program_ended(raw_status, usage);
  }
}

void Keeper::read_reports(GuardedProcess& process) {
  if (process.read_reports()) tell(ProcessStarted{process.spec().id, process.program()});
}

void Keeper::forward(GuardedProcess& process, OutputStream stream, const GuardedProcess::Output& output) {
  const ProcessSpec& spec = process.spec();
  for (const std::string& text : output.lines) {
    if (process.says_awaited_text(text)) tell(AwaitedTextSaid{spec.id});
    if (!may_forward(process)) {
      ++process.forwarding.left_out;
      continue;
    }
    tell_left_out(process);
    const std::string line = encode(OutputLine{spec.id, spec.role, stream, text});
    process.forwarding.queued += line.size();
    channel_.send(line);
  }
  if (output.notice) tell(KeeperNotice{*output.notice});
}

bool Keeper::may_forward(const GuardedProcess& process) const {
  return channel_.has_room() && process.forwarding.queued < kQueueShare;
}

void Keeper::tell_left_out(GuardedProcess& process) {
  const std::uint64_t count = std::exchange(process.forwarding.left_out, 0);
  if (count > 0) tell(OutputLinesLeftOut{process.spec().id, count});
}

void Keeper::send_queued() {
  channel_.flush();
  if (channel_.wants_write()) return;
  for (const auto& [id, process] : processes_) process->forwarding.queued = 0;
}

void Keeper::settle() {
  next_turn_.reset();
  if (sweeps_left_ > 0) sweep_orphans();
  for (auto entry = processes_.begin(); entry != processes_.end();) {
    GuardedProcess& process = *entry->second;
    if (may_forward(process)) tell_left_out(process);
    const bool finished = process.over() && (!process.guard_lost() || sweeps_left_ == 0);
    if (finished) finish(process);
    entry = finished ? processes_.erase(entry) : std::next(entry);
  }
  if (!ending_ && must_end()) begin_end();
  if (!ending_ && !without_host_ && channel_.ended()) be_without_host();
  go_on_stopping();
  act_on_deadlines();
}

// A keeper that keeps nothing is not waited for: the next host starts its own.
bool Keeper::must_end() const {
  if (told_to_end_) return true;
  return channel_.ended() && (!outlives_host_ || processes_.empty());
}

// What a script does next is its host's to record.
void Keeper::be_without_host() {
  without_host_ = true;
  for (const auto& [id, process] : processes_) {
    if (!process->spec().lock_file.empty()) stop(*process, {.kill_after = options_.end_grace});
  }
}

// Nobody is left to say an order, so all go at once. Who comes finds no keeper, and starts one that waits.
void Keeper::begin_end() {
  ending_ = true;
  peers_.clear();
  door_.reset();
  stop_all_.reset();
  for (const auto& [id, process] : processes_) stop(*process, {.kill_after = options_.end_grace});
}

// Orphans are the keeper's children that are no guards, with all that is below them.
void Keeper::sweep_orphans() {
  std::set<pid_t> guards;
  for (const auto& [id, process] : processes_)
    if (!process->over()) guards.insert(process->guard());
  const std::size_t found = kill_below(::getpid(), guards);
  sweeps_left_ = found == 0 ? sweeps_left_ - 1 : kEmptySweeps;
  reap();
  due(monotonic_now() + kSweepPause);
}

// Everything of the process has ended: the rest of its output, its log, its record, its lock, and only then
// the word.
void Keeper::finish(GuardedProcess& process) {
  for (const OutputStream stream : {OutputStream::kStdout, OutputStream::kStderr})
    forward(process, stream, process.drain_output(stream));
  tell_left_out(process);
  process.sync_log();
  const KeeperEvent outcome = process.outcome();
  if (const auto* exited = std::get_if<ProcessExited>(&outcome)) {
    const auto notice = records_->append(record_of(process, *exited));
    if (notice) tell(KeeperNotice{*notice});
  }
  process.release_lock();
  tell(outcome);
}

// The last words of scripts alone: a service that ends again and again would fill the file with its own.
ExitRecord Keeper::record_of(const GuardedProcess& process, const ProcessExited& exited) const {
  const ProcessSpec& spec = process.spec();
  const bool by_request = process.ended_by_request();
  ExitRecord record{.exited = exited,
                    .role = spec.role,
                    .pid = process.program(),
                    .by = by_request ? EndedBy::kRequest : EndedBy::kItself,
                    .log = spec.log_file,
                    .at = unix_now()};
  if (spec.lock_file.empty()) record.exited.last_lines.clear();
  return record;
}

// Also when the end of its socket has not been taken in yet: a process may end because its host has.
bool Keeper::host_is_gone() const {
  if (channel_.ended() || told_to_end_) return true;
  pollfd control{channel_.fd(), POLLRDHUP, 0};
  return ::poll(&control, 1, 0) > 0 && control.revents != 0;
}

void Keeper::go_on_stopping() {
  if (!stop_all_) return;
  StopAll& all = *stop_all_;
  const auto is_over = [this](const std::string& id) { return !processes_.contains(id); };
  std::erase_if(all.stopping, is_over);
  while (all.stopping.empty()) {
    if (all.last) {
      stop_all_.reset();
      return tell(AllStopped{});
    }
    all.last = all.batches.empty();
    if (all.last) {
      for (const auto& [id, process] : processes_) all.stopping.insert(id);
    } else {
      all.stopping.insert(all.batches.front().begin(), all.batches.front().end());
      all.batches.pop_front();
      std::erase_if(all.stopping, is_over);
    }
    for (const std::string& id : all.stopping) stop(*processes_.at(id), all.times);
  }
}

void Keeper::act_on_deadlines() {
  const MonotonicTime now = monotonic_now();
  for (const auto& [id, process] : processes_) due(process->act_on_deadlines(now));
}

void Keeper::due(std::optional<MonotonicTime> time) {
  if (time && (!next_turn_ || *time < *next_turn_)) next_turn_ = time;
}

}  // namespace exo

#include "bus/router.h"

#include <algorithm>
#include <utility>

#include "bus/contract.h"
#include "bus/wire/control.h"

namespace exo::routing {
namespace {

constexpr std::chrono::milliseconds kBusyTick{50};
constexpr std::chrono::milliseconds kIdleTick{1000};
constexpr std::chrono::milliseconds kActivityPause{100};  // far below any sensible limit on stalling

// Of a script that is heard no more: what lets its commands come to their end, and it be alive until it is
// killed.
bool settles_what_is_under_way(Kind kind) {
  return kind == Kind::kWindow || kind == Kind::kHandled || kind == Kind::kFailed || kind == Kind::kPing;
}

}  // namespace

Router::Router(Options options)
    : options_(std::move(options)),
      notices_(outbox_),
      affinity_(fleet_, options_.affinity_limit),
      placement_(fleet_, affinity_),
      flow_(fleet_, outbox_, options_.flow, now_),
      following_(fleet_, commands_, placement_, outbox_, now_),
      watch_(fleet_, outbox_, now_, options_.traced_hops),
      places_(commands_, flow_, watch_),
      outcomes_(commands_, fleet_, places_, flow_, outbox_, notices_, watch_, now_,
                options_.unanswered_limit),
      dispatcher_(commands_, fleet_, placement_, affinity_, following_, places_, outcomes_, outbox_, notices_,
                  watch_, now_),
      replies_(commands_, fleet_, outcomes_, outbox_, notices_, watch_, now_),
      registrar_(fleet_, flow_, outbox_, notices_,
                 {.environment = options_.environment, .heartbeat = options_.heartbeat}, now_),
      host_messages_(fleet_, commands_, flow_, outcomes_, dispatcher_, outbox_, notices_, watch_, now_),
      departures_(fleet_, flow_, outcomes_, dispatcher_, registrar_, outbox_, watch_, options_.heartbeat,
                  now_) {}

void Router::set_table(std::shared_ptr<const RoutingTable> table, const Now& now) {
  at(now);
  const std::uint64_t position = table->position();
  // Legs that wait hold names of the table that goes: it stays until they are placed by the new one.
  const auto before = fleet_.adopt(std::move(table));
  following_.adopt_table();
  dispatcher_.place_all_again();
  following_.look_for_beginnings();
  for (const auto& [name, instance] : fleet_.instances()) {
    if (instance->connected()) flow_.publish_routes(*instance);
  }
  outbox_.report(TableInEffect{position});
}

void Router::admit(const Admission& admission, const Now& now) {
  at(now);
  registrar_.admit(admission);
}

void Router::dismiss(const std::string& instance, const Now& now) {
  at(now);
  Instance* known = fleet_.find_instance(instance);
  if (!known) return;
  registrar_.forget(*known);
  departures_.lose(*known, "its process has ended", {});
  if (fleet_.find_instance(instance)) departures_.remove(*known);
}

void Router::set_operator_keys(std::vector<OperatorKey> keys, const Now& now) {
  at(now);
  registrar_.set_operator_keys(std::move(keys));
  std::vector<Instance*> unlisted;
  for (const auto& [name, instance] : fleet_.instances()) {
    const bool has_key = instance->kind == PeerKind::kOperator && !instance->public_key.empty();
    if (has_key && !registrar_.is_listed(instance->public_key)) unlisted.push_back(instance.get());
  }
  for (Instance* instance : unlisted) {
    registrar_.refuse(instance->connection, "not-admitted", "your key is not listed any more");
    registrar_.forget(*instance);
    departures_.lose(*instance, "its key is not listed any more", "its key is not listed any more");
  }
}

void Router::set_ready(const InstanceReadiness& readiness, const Now& now) {
  at(now);
  Instance* known = fleet_.find_instance(readiness.instance);
  if (!known || known->ready == readiness.ready) return;
  known->ready = readiness.ready;
  if (known->ready) {
    dispatcher_.pump(*known);
  } else {
    dispatcher_.release_queue(*known);
  }
}

void Router::send(ExoMessage message, const Now& now) {
  at(now);
  host_messages_.send(std::move(message));
}

std::vector<LoadReport> Router::measure_load(const std::vector<LoadQuestion>& questions, const Now& now) {
  at(now);
  return watch_.measure_load(questions);
}

void Router::recorded(std::uint64_t number, const Now& now) {
  at(now);
  following_.recorded(number);
  dispatcher_.pass_recorded();
}

void Router::replay(ReplayedCommand command, const Now& now) {
  at(now);
  host_messages_.replay(std::move(command));
}

Router::Standing Router::receive(ConnectionId connection, const HeaderView& header, Payload&& payload,
                                 const Now& now, std::string_view key) {
  at(now);
  Instance* instance = fleet_.find_connection(connection);
  if (!instance) return receive_unregistered(connection, header, payload, key);
  instance->last_heard = now.monotonic;
  if (instance->silent) {
    instance->silent = false;
    outbox_.report(InstanceSilent{.instance = instance->name, .silent = false});
  }
  if (header.kind == Kind::kPack) {
    unpack(connection, payload);
  } else {
    receive_registered(*instance, header, std::move(payload));
  }
  return Standing::kMember;
}

// Any of its messages may end the connection, and what comes after that was not said to us.
void Router::unpack(ConnectionId connection, const Payload& pack) {
  PackReader reader(pack.bytes());
  while (Instance* instance = fleet_.find_connection(connection)) {
    const auto message = reader.next();
    if (!message) return answer_malformed(*instance, {}, message.error());
    if (!message.value()) return;
    receive_packed(*instance, *message.value());
  }
}

void Router::receive_packed(Instance& instance, const PackedMessage& message) {
  HeaderView header;
  const auto read = decode_header(message.header, header);
  if (!read) return answer_malformed(instance, header, read.error());
  if (header.kind == Kind::kPack)
    return answer_malformed(instance, header, {"malformed", "pack: there is another in it"});
  receive_registered(instance, header, Payload(message.payload));
}

Router::Standing Router::receive_unregistered(ConnectionId connection, const HeaderView& header,
                                              const Payload& payload, std::string_view key) {
  if (header.kind != Kind::kRegister) {
    registrar_.refuse(connection, "not-registered", "the first message of a connection must be \"register\"");
    return refused(connection);
  }
  Instance* registered = registrar_.receive(connection, payload.text(), key);
  if (!registered && !registrar_.is_contender(connection)) return refused(connection);
  refusals_.forget(connection);
  if (registered) dispatcher_.pump(*registered);
  return Standing::kMember;
}

Router::Standing Router::refused(ConnectionId connection) {
  return refusals_.is_one_too_many(connection) ? Standing::kCutOff : Standing::kStranger;
}

Router::Standing Router::receive_malformed(ConnectionId connection, const HeaderView& header,
                                           const Error& error, const Now& now) {
  at(now);
  if (Instance* instance = fleet_.find_connection(connection)) {
    answer_malformed(*instance, header, error);
    return Standing::kMember;
  }
  registrar_.refuse(connection, error.code, error.message);
  notices_.add(NoticeKind::kMalformed,
               "bus: a peer that has not registered sent no message: " + error.message, now_.monotonic);
  return refused(connection);
}

void Router::answer_malformed(Instance& instance, const HeaderView& header, const Error& error) {
  const bool is_command = header.kind == Kind::kCommand && !header.id.empty();
  if (is_command) {
    flow_.accept(instance, 0);
    flow_.settled_at_once(instance);
  }
  outcomes_.refuse(instance, header, is_command ? fleet_.scope_for(instance, header.activity_id) : nullptr,
                   error.code, error.message);
  notices_.add(NoticeKind::kMalformed,
               "bus: " + *instance.role + " (" + instance.name + "): " + error.message, now_.monotonic);
  if (++instance.malformed < options_.malformed_limit) return;
  registrar_.refuse(instance.connection, error.code,
                    "too many messages that are none; the last: " + error.message);
  departures_.lose(instance, "it sent too many messages that are none", "protocol fault");
}

void Router::receive_registered(Instance& instance, const HeaderView& header, Payload&& payload) {
  if (instance.scope && instance.scope->spent() && !settles_what_is_under_way(header.kind)) return;
  if (const auto complete = check_required(header); !complete) {
    return answer_malformed(instance, header, complete.error());
  }
  switch (header.kind) {
    case Kind::kCommand:
      return take_command(instance, header, std::move(payload));
    case Kind::kReply:
      return reply(instance, header, std::move(payload));
    case Kind::kHandled:
      return handled(instance, header, payload);
    case Kind::kFailed:
      return failed(instance, header);
    case Kind::kWindow:
      return replies_.window(instance, header);
    case Kind::kPing:
      return send_control(instance, Kind::kPong);
    case Kind::kDrain:
      return drain(instance);
    case Kind::kCancel:
      return cancel(instance, header);
    case Kind::kGoodbye:
      send_control(instance, Kind::kGoodbye);
      return departures_.lose(instance, "it left the bus", "goodbye");
    case Kind::kRegister:
      return answer_malformed(instance, header, {"malformed", "this connection is registered already"});
    case Kind::kRegistered:
    case Kind::kRefused:
    case Kind::kRoutes:
    case Kind::kCredit:
    case Kind::kError:
    case Kind::kDelivered:
    case Kind::kPong:
    case Kind::kDraining:
    case Kind::kPack:  // is no message of its own
      break;
  }
  answer_malformed(instance, header,
                   {"malformed", "a relay does not send \"" + std::string(to_string(header.kind)) + "\""});
}

void Router::reply(Instance& replier, const HeaderView& header, Payload&& payload) {
  const auto taken = replies_.reply(replier, header, std::move(payload));
  if (!taken) answer_malformed(replier, header, taken.error());
}

void Router::take_command(Instance& sender, const HeaderView& header, Payload&& payload) {
  flow_.accept(sender, payload.size());
  if (is_for_exo(sender, header.name)) return host_messages_.pass_to_host(sender, header, std::move(payload));
  const HashedId id(header.id);
  const HashedId activity = header.activity_id.empty() ? id : HashedId(header.activity_id);
  ScriptScope* scope = fleet_.scope_for(sender, activity.text);
  const auto refuse = [&](std::string_view code, std::string_view reason) {
    flow_.settled_at_once(sender);
    outcomes_.refuse(sender, header, scope, code, reason);
  };
  const Resolved resolved = resolve(fleet_, sender, header.name);
  if (!resolved.name) return refuse(resolved.code, resolved.reason);
  for (const auto& role : resolved.name->roles) affinity_.prepare(activity, fleet_.role(role.role));
  if (!flow_.take(sender, *resolved.name, payload.size())) {
    notices_.add(NoticeKind::kOverloaded, "bus: " + *sender.role + " (" + sender.name + ") outran its credit",
                 now_.monotonic);
    return refuse("overloaded", "\"" + std::string(header.name) + "\" was sent without credit: " +
                                    flow_.describe_overrun(sender, *resolved.name));
  }
  if (sender.version && sender.version->gate() == Gate::kHeld && !scope &&
      !Fleet::acts_for_replay(sender, activity.text)) {
    return refuse("held",
                  sender.version->describe() +
                      " is held: it may send nothing before its offline script has succeeded, but within "
                      "that script's activity");
  }
  if (Command* known = commands_.find(id)) {
    if (take_up_again(*known, sender)) return;
    return refuse("malformed", "the id " + std::string(header.id) + " belongs to another command already");
  }
  Command& command = commands_.add(id);
  command.set_activity(activity);
  take_over(command, sender, header, *resolved.name, scope, std::move(payload));
}

// A relay that has lost a connection sends again what it was not told to be accepted, and what is delivered
// at least once and was not told to be settled; we may have it nevertheless.
bool Router::take_up_again(Command& known, const Instance& sender) {
  if (known.sender != &sender || known.connection == sender.connections) return false;
  known.connection = sender.connections;
  known.ordinal = sender.accepted;
  if (known.unsettled == 0) {
    flow_.settled(known);
  } else {
    ask_again(known);
  }
  return true;
}

// The answer is wanted on the new connection, where none has gone astray and who has the command still makes
// one.
void Router::ask_again(Command& command) {
  if (command.cancelled) return;
  bool astray = command.reply_dropped;
  for (const Leg* leg = command.legs; leg; leg = leg->sibling) astray = astray || leg->replied;
  const bool asks = command.expects != Expects::kNone;
  if (command.failed || (asks && (astray || !command.keeps_payload))) {
    outcomes_.answer_missed(command);
  } else if (asks) {
    command.reply_open = true;
    if (command.has_deadline && !command.of_deadline.linked) commands_.deadlines().add(command);
  }
}

void Router::take_over(Command& command, Instance& sender, const HeaderView& header,
                       const RoutingTable::Name& name, ScriptScope* scope, Payload&& payload) {
  fill(command, sender, header, scope);
  command.name = fleet_.public_name(name);
  command.payload_bytes = payload.size();
  command.payload = std::move(payload);
  sender.commands.push_back(command);
  if (scope) scope->take(command);
  if (sender.scope) sender.scope->spend();
  watch_.taken(command, header.caused_by);
  dispatcher_.dispatch(command, name);
}

void Router::fill(Command& command, Instance& sender, const HeaderView& header, ScriptScope* scope) {
  command.arrival = commands_.next_arrival();
  command.is_first_of_activity = header.activity_id.empty() && !header.redelivered;
  command.sender = &sender;
  command.sender_role = sender.role;
  command.sender_version = sender.version_text;
  command.connection = sender.connections;
  command.ordinal = sender.accepted;
  command.redelivered = header.redelivered;
  command.pin.assign(header.version);
  command.expects = header.expects;
  command.reply_open = header.expects != Expects::kNone;
  command.content_type = header.content_type;
  if (scope || Fleet::acts_for_replay(sender, command.activity.view())) {
    command.acknowledged = true;
    const RoutingTable::Script* script = sender.scope ? fleet_.script(sender) : sender.version->script;
    if (script) command.brings_in = &fleet_.brought_in_by(*script);
    if (sender.scope && script && header.activity_id.empty() && !script->activity_id.empty()) {
      command.set_activity(script->activity_id);
      command.is_first_of_activity = false;
    }
    return;
  }
  command.has_deadline = true;
  constexpr auto kLongestMs = static_cast<std::uint64_t>(kLongestTimeout.count());
  const auto timeout = header.timeout_ms ? std::chrono::milliseconds(std::min(*header.timeout_ms, kLongestMs))
                                         : kDefaultTimeout;
  command.deadline = now_.monotonic + timeout;
}

Leg* Router::delivery(Instance& instance, std::uint64_t sequence) {
  Leg* leg = commands_.find_delivery(instance.number, sequence);
  if (!leg) {
    notices_.add(NoticeKind::kUnknownSequence,
                 "bus: " + *instance.role + " (" + instance.name + ") has completed a delivery " +
                     std::to_string(sequence) + " that it does not have",
                 now_.monotonic);
  }
  return leg;
}

void Router::handled(Instance& instance, const HeaderView& header, const Payload& payload) {
  if (const auto read = decode_sequences(payload.text(), sequences_); !read) {
    return answer_malformed(instance, header, read.error());
  }
  for (const std::uint64_t sequence : sequences_) {
    if (Leg* leg = delivery(instance, sequence)) outcomes_.handled(*leg);
  }
  dispatcher_.pump(instance);
}

void Router::failed(Instance& instance, const HeaderView& header) {
  if (Leg* leg = delivery(instance, header.sequence)) {
    outcomes_.failed(*leg, header.code, header.reason);
  }
  dispatcher_.pump(instance);
}

// What is not known any more has ended while this was on its way.
void Router::cancel(Instance& sender, const HeaderView& header) {
  Command* command = commands_.find(header.response_to);
  if (command && command->sender == &sender) dispatcher_.cancel(*command);
}

void Router::drain(Instance& instance) {
  instance.draining = true;
  dispatcher_.release_queue(instance);
  send_control(instance, Kind::kDraining);
}

void Router::send_control(const Instance& instance, Kind kind) {
  HeaderView header;
  header.kind = kind;
  outbox_.send(instance.connection, header);
}

std::optional<MonotonicTime::duration> Router::silence_of(ConnectionId connection, const Now& now) {
  const Instance* instance = fleet_.find_connection(connection);
  if (!instance) return std::nullopt;
  return now.monotonic - instance->last_heard;
}

void Router::connection_lost(ConnectionId connection, std::string_view reason, const Now& now) {
  at(now);
  if (Instance* instance = fleet_.find_connection(connection)) {
    departures_.lose(*instance, std::string(reason), reason);
  }
}

void Router::give_up(ConnectionId connection, std::string_view reason, const Now& now) {
  if (const Instance* instance = fleet_.find_connection(connection)) {
    notices_.add(NoticeKind::kLostPeer,
                 "bus: " + *instance->role + " (" + instance->name + ") is cut off: " + std::string(reason),
                 now.monotonic);
  }
  connection_lost(connection, reason, now);
}

void Router::input_drained(const Now& now) {
  at(now);
  watch_.answer_taps();
  flow_.flush();
}

void Router::tick(const Now& now) {
  at(now);
  dispatcher_.expire();
  dispatcher_.pass_recorded();  // what stood behind a command that has gone
  following_.look_for_beginnings();
  registrar_.tick();
  departures_.look_for_silence();
  report_script_activity();
  notices_.tick(now.monotonic);
  watch_.answer_taps();
  flow_.tick();
  flow_.flush_all();
}

std::chrono::milliseconds Router::tick_interval() const {
  const bool busy = commands_.size() > 0 || flow_.pending() || registrar_.pending() || notices_.pending();
  return busy ? kBusyTick : kIdleTick;
}

void Router::report_script_activity() {
  if (now_.monotonic - activity_reported_ < kActivityPause) return;
  activity_reported_ = now_.monotonic;
  for (const auto& [name, instance] : fleet_.instances()) {
    if (instance->scope) instance->scope->report_activity();
  }
}

}  // namespace exo::routing

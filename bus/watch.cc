#include "bus/watch.h"

#include <string>
#include <utility>

namespace exo::routing {
namespace {

// How many of a sender's deliveries are looked at to guess what caused a command whose relay does not say so.
constexpr int kGuesses = 16;

std::uint64_t guess_cause(const Command& command) {
  if (!command.sender) return 0;
  int left = kGuesses;
  for (const Leg* leg = command.sender->legs.back(); leg && left > 0;
       leg = InstanceLegs::previous(*leg), --left) {
    if (leg->command->activity.view() == command.activity.view()) {
      return leg->command->id_hash;
    }
  }
  return 0;
}

std::string_view view_of(const std::string* text) {
  return text ? std::string_view(*text) : std::string_view();
}

}  // namespace

// Only what waits, or has gone to a version, has a meter of that version; exo's own commands have none.
Meter& Watch::meter_of(const Leg& leg) {
  const Command& command = *leg.command;
  return meters_.find({.sender = command.sender_role,
                       .name = command.name,
                       .receiver = leg.role->text,
                       .version = leg.version ? leg.version->text : nullptr});
}

Hop& Watch::new_hop(const HashedId& activity, std::string_view id) {
  Hop& hop = ring_.add(activity.hash);
  hop.id = ShortText(id);
  hop.taken = now_.monotonic;
  return hop;
}

void Watch::taken(Command& command, std::string_view caused_by) {
  command.taken = now_.monotonic;
  if (!caused_by.empty()) {
    command.cause = HashedId::hash_of(caused_by);
  } else if (!command.is_first_of_activity) {
    command.cause = guess_cause(command);
  }
}

void Watch::begun(Leg& leg) {
  const Command& command = *leg.command;
  Hop& hop = new_hop(command.hashed_activity(), command.id.view());
  hop.cause = command.cause;
  hop.sender = command.sender_role;
  hop.sender_version = command.sender_version;
  hop.name = command.name;
  hop.receiver = leg.role ? leg.role->text : nullptr;
  leg.hop = hop.number;
}

void Watch::queued(Leg& leg) {
  leg.meter = &meter_of(leg);
  ++leg.meter->queued;
}

void Watch::left_queue(Leg& leg) {
  --leg.meter->queued;
}

// Kept with the meter, so that nothing is looked up while a version calls a message by one name.
const std::string* Watch::receiver_name_of(Leg& leg, std::string_view name) {
  if (!leg.meter) return ring_.intern(name);
  return leg.meter->receiver_name = ring_.intern(name, leg.meter->receiver_name);
}

void Watch::delivered(Leg& leg, std::string_view receiver_name, const Payload& payload) {
  Command& command = *leg.command;
  leg.delivered = now_.monotonic;
  if (command.name) {
    leg.meter = &meter_of(leg);
    if (leg.redelivered) {
      ++leg.meter->redelivered;
    } else {
      ++leg.meter->commands;
      leg.meter->in_queue.add(now_.monotonic - command.taken);
    }
  }
  if (Hop* hop = ring_.find(leg.hop)) {
    ++hop->deliveries;
    hop->delivered = now_.monotonic;
    hop->receiver = leg.instance->role;
    hop->version = leg.instance->version_text;
    hop->receiver_name = receiver_name_of(leg, receiver_name);
    if (!command.name) hop->name = hop->receiver_name;
  }
  if (!taps_.any()) return;
  SeenMessage message = seen(Kind::kCommand, leg);
  if (!command.name) message.name = receiver_name;
  message.receiver_name = receiver_name;
  message.redelivered = leg.redelivered || command.redelivered;
  message.content_type = command.content_type;
  message.payload = &payload;
  taps_.see(message);
}

void Watch::handled(const Leg& leg) {
  if (leg.meter) leg.meter->handling.add(now_.monotonic - leg.delivered);
  if (gauges_.any() && leg.command->expects == Expects::kNone) gauges_.see(*leg.command, now_.monotonic);
  if (Hop* hop = ring_.find(leg.hop)) hop->handled = now_.monotonic;
}

void Watch::unanswered(Leg& leg) {
  failed(leg, "expired", "it was not answered before its deadline had passed");
}

void Watch::failed(Leg& leg, std::string_view code, std::string_view reason) {
  if (std::exchange(leg.seen_failed, true)) return;
  if (gauges_.any() && !leg.replied) gauges_.see(*leg.command, now_.monotonic);
  const CodeNumber number = meters_.number_of(code);
  if (leg.command->name) {
    if (!leg.meter) leg.meter = &meter_of(leg);
    if (leg.sequence == 0) ++leg.meter->commands;
    ++leg.meter->errors[number];
  }
  if (Hop* hop = ring_.find(leg.hop)) {
    hop->failed = now_.monotonic;
    hop->code = number;
  }
  if (!taps_.any()) return;
  SeenMessage message = seen(Kind::kError, leg);
  message.code = code;
  message.reason = reason;
  taps_.see(message);
}

void Watch::replied(const Instance& replier, Leg& leg, const HeaderView& reply, std::string_view name,
                    const Payload& payload) {
  const Command& command = *leg.command;
  Hop* hop = ring_.find(leg.hop);
  if (leg.meter) {
    ++leg.meter->replies;
    if (!leg.replied) leg.meter->first_reply.add(now_.monotonic - command.taken);
  }
  if (gauges_.any() && !leg.replied) gauges_.see(command, now_.monotonic);
  if (hop) {
    if (hop->replies == 0) hop->first_reply = now_.monotonic;
    if (!reply.more) hop->last_reply = now_.monotonic;
    ++hop->replies;
    hop->reply = ring_.intern(name, leg.meter ? leg.meter->reply_name : hop->reply);
    if (leg.meter) leg.meter->reply_name = hop->reply;
  }
  leg.replied = true;
  if (!taps_.any()) return;
  SeenMessage message = seen(Kind::kReply, leg);
  message.sender = *replier.role;
  message.sender_version = *replier.version_text;
  message.receiver = *command.sender_role;
  message.receiver_version = view_of(command.sender_version);
  message.name = name;
  message.receiver_name = name;
  message.id = reply.id;
  message.response_to = reply.response_to;
  message.content_type = reply.content_type;
  message.more = reply.more;
  message.page = reply.page;
  message.payload = &payload;
  taps_.see(message);
}

void Watch::refused(const Instance& sender, const HeaderView& header, std::string_view code,
                    std::string_view reason) {
  if (header.kind != Kind::kCommand || header.id.empty()) return;
  Meter& meter = meters_.find({.sender = sender.role});
  const CodeNumber number = meters_.number_of(code);
  ++meter.commands;
  ++meter.errors[number];
  const std::string_view name = fleet_.public_name_of(sender, header.name);
  const std::string_view activity = header.activity_id.empty() ? header.id : header.activity_id;
  Hop& hop = new_hop(activity, header.id);
  hop.cause = HashedId::hash_of(header.caused_by);
  hop.sender = sender.role;
  hop.sender_version = sender.version_text;
  hop.name = ring_.intern(name);
  hop.failed = now_.monotonic;
  hop.code = number;
  if (!taps_.any()) return;
  taps_.see({.kind = Kind::kError,
             .at_ns = now_.unix_time.nanoseconds,
             .sender = *sender.role,
             .sender_version = *sender.version_text,
             .name = name,
             .response_to = header.id,
             .activity = activity,
             .code = code,
             .reason = reason});
}

void Watch::passed_to_exo(const Instance& sender, const HeaderView& header, const Payload& payload) {
  if (!taps_.any() || sender.kind == PeerKind::kOperator) return;
  taps_.see({.kind = Kind::kCommand,
             .at_ns = now_.unix_time.nanoseconds,
             .sender = *sender.role,
             .sender_version = *sender.version_text,
             .name = header.name,
             .receiver_name = header.name,
             .receiver = "exo",
             .id = header.id,
             .activity = header.activity_id.empty() ? header.id : header.activity_id,
             .content_type = header.content_type,
             .payload = &payload});
}

// A command's way, or an error about one.
SeenMessage Watch::seen(Kind kind, const Leg& leg) const {
  const Command& command = *leg.command;
  SeenMessage message;
  message.kind = kind;
  message.at_ns = now_.unix_time.nanoseconds;
  message.sender = *command.sender_role;
  message.sender_version = view_of(command.sender_version);
  message.name = view_of(command.name);
  (kind == Kind::kCommand ? message.id : message.response_to) = command.id.view();
  message.activity = command.activity.view();
  if (leg.instance) {
    message.receiver = *leg.instance->role;
    message.receiver_version = *leg.instance->version_text;
  } else if (leg.role) {
    message.receiver = *leg.role->text;
    if (leg.version) message.receiver_version = *leg.version->text;
  }
  if (leg.meter) message.receiver_name = view_of(leg.meter->receiver_name);
  return message;
}

bool Watch::answer(Instance& asker, const HeaderView& header, const Payload& payload) {
  if (header.name == "exo.tap") {
    const auto filter = decode_tap(payload.text());
    if (!filter) {
      refuse(asker, header, filter.error().code, filter.error().message);
    } else if (!taps_.ask(asker, filter.value(), header, now_.monotonic)) {
      refuse(asker, header, "overloaded",
             std::to_string(Taps::kLimit) + " others look at the bus already; that is as many as it allows");
    }
    return true;
  }
  if (header.name != "exo.trace") return false;
  const auto activity = decode_trace(payload.text());
  if (activity) {
    trace(asker, header, activity.value());
  } else {
    refuse(asker, header, activity.error().code, activity.error().message);
  }
  return true;
}

void Watch::trace(Instance& asker, const HeaderView& header, std::string_view activity) {
  auto hops = ring_.of_activity(activity, TraceRing::kHops);
  TraceFrame frame{
      .left_out = 0, .overwritten = ring_.overwritten(), .reaches_back_to = ring_.reaches_back_to()};
  if (hops.size() > kTracedHops) {
    frame.left_out = hops.size() - kTracedHops;
    hops.resize(kTracedHops);
  }
  const std::string id = "exo-trace-" + std::to_string(++answers_);
  HeaderView reply;
  reply.kind = Kind::kReply;
  reply.name = header.name;
  reply.id = id;
  reply.response_to = header.id;
  reply.activity_id = header.id;
  reply.sender = "exo";
  reply.timestamp_ns = now_.unix_time.nanoseconds;
  outbox_.send(asker.connection, reply, encode_trace(hops, frame, meters_, now_));
}

void Watch::refuse(const Instance& asker, const HeaderView& header, std::string_view code,
                   std::string_view reason) {
  HeaderView error;
  error.kind = Kind::kError;
  error.name = header.name;
  error.response_to = header.id;
  error.code = code;
  error.reason = reason;
  outbox_.send(asker.connection, error);
}

}  // namespace exo::routing

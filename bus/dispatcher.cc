#include "bus/dispatcher.h"

#include <algorithm>
#include <string>
#include <utility>

namespace exo::routing {
namespace {

constexpr const char* kToHaveRoom = " to have room";

const char* what_for(const Leg& leg) {
  if (leg.state == LegState::kParked) return ", whose next version follows it,";
  return leg.state == LegState::kWaiting ? " to start" : kToHaveRoom;
}

bool is_unsent(const Leg& leg) {
  return leg.state == LegState::kParked || leg.state == LegState::kWaiting || leg.state == LegState::kQueued;
}

bool any_unsent(const Command& command) {
  for (const Leg* leg = command.legs; leg; leg = leg->sibling) {
    if (is_unsent(*leg)) return true;
  }
  return false;
}

// Who dies with a leg of it from now on takes that leg along.
void repeat_nothing(Command& command) {
  command.acknowledged = false;
  for (Leg* leg = command.legs; leg; leg = leg->sibling) leg->acknowledged = false;
}

void collect(const LegQueue& queue, std::vector<Leg*>& into) {
  for (Leg* leg = queue.front(); leg; leg = LegQueue::next(*leg)) into.push_back(leg);
}

std::uint64_t milliseconds_left(const Command& command, MonotonicTime now) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(command.deadline - now).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(left, 1));
}

}  // namespace

void Dispatcher::dispatch(Command& command, const RoutingTable::Name& name) {
  EXO_CHECK(!name.roles.empty());
  for (auto role = name.roles.rbegin(); role != name.roles.rend(); ++role) {
    Leg& leg = commands_.add_leg(command);
    leg.role = &fleet_.role(role->role);
    watch_.begun(leg);
  }
  if (command.has_deadline && command.reply_open) commands_.deadlines().add(command);
  // The command lives until its last leg is placed, and not necessarily longer.
  Leg* leg = command.legs;
  for (const RoutingTable::ReceivingRole& role : name.roles) {
    Leg* next = leg->sibling;
    place(*leg, role);
    leg = next;
  }
}

void Dispatcher::dispatch_to(Command& command, const RoutingTable::ReceivingRole& role) {
  Leg& leg = commands_.add_leg(command);
  leg.role = &fleet_.role(role.role);
  watch_.begun(leg);
  place(leg, role);
}

void Dispatcher::place(Leg& leg, const RoutingTable::ReceivingRole& role) {
  if (is_late(*leg.command)) return expire(leg, "");
  if (!following_.keeps(leg, role)) return place_past_following(leg, role);
  places_.park(leg);
  Command& command = *leg.command;
  command.is_first_of_activity = false;  // others of it may come past this one
  if (command.has_deadline && !command.of_deadline.linked) commands_.deadlines().add(command);
}

void Dispatcher::place_past_following(Leg& leg, const RoutingTable::ReceivingRole& role) {
  leg.passed = true;
  const Placing placing = placement_.place(*leg.command, role);
  switch (placing.outcome) {
    case Placing::Outcome::kRefuse:
      outcomes_.failed(leg, placing.code, placing.reason);
      return;
    case Placing::Outcome::kVersion:
      place_in(leg, placing);
      break;
    case Placing::Outcome::kWait:
      places_.wait(leg);
      break;
  }
  Command& command = *leg.command;
  if (is_unsent(leg) && command.has_deadline && !command.of_deadline.linked)
    commands_.deadlines().add(command);
}

void Dispatcher::place_in(Leg& leg, const Placing& placing) {
  VersionState& version = *placing.version;
  Command& command = *leg.command;
  leg.receiver_name = placing.receiver_name;
  leg.acknowledged = command.acknowledged || (placing.at_least_once && !command.cancelled);
  command.keeps_payload = command.keeps_payload || leg.acknowledged;
  Instance* tied = placing.instance == 0 ? nullptr : fleet_.find_number(version, placing.instance);
  if (tied && (tied->draining || !tied->ready)) tied = nullptr;
  Instance* taker = tied ? tied : least_busy(version);
  // A script's own messages tie its activity to nothing: production is not to follow them to a held version.
  if (command.brings_in != &version) {
    const Instance* likely = taker || version.instances.size() != 1 ? taker : version.instances.front();
    leg.tied_to = likely ? likely->number : 0;
    affinity_.remember(command.hashed_activity(), version, leg.tied_to);
  }
  if (taker && taker->has_room()) {
    deliver(leg, *taker, *leg.receiver_name);
  } else {
    places_.queue(leg, version, tied);
  }
}

Instance* Dispatcher::least_busy(VersionState& version) {
  Instance* best = nullptr;
  const std::size_t count = version.instances.size();
  for (std::size_t i = 0; i < count; ++i) {
    Instance* instance = version.instances[(version.turn + i) % count];
    if (instance->has_room() && (!best || instance->under_way < best->under_way)) best = instance;
  }
  ++version.turn;
  return best;
}

void Dispatcher::place_again(Leg& leg) {
  Command& command = *leg.command;
  command.is_first_of_activity = false;
  leg.version = nullptr;
  leg.instance = nullptr;
  if (const auto* role = receiving_role(leg)) return place(leg, *role);
  receive_no_more(leg);
}

// Null when it receives the name no more.
const RoutingTable::ReceivingRole* Dispatcher::receiving_role(const Leg& leg) const {
  const RoutingTable::Name* name = fleet_.table().find_name(*leg.command->name);
  if (!name) return nullptr;
  for (const RoutingTable::ReceivingRole& role : name->roles) {
    if (&fleet_.role(role.role) == leg.role) return &role;
  }
  return nullptr;
}

void Dispatcher::receive_no_more(Leg& leg) {
  outcomes_.failed(leg, "no-receiver",
                   *leg.role->text + " does not receive \"" + *leg.command->name + "\" any more");
}

void Dispatcher::pass_recorded() {
  while (Leg* leg = following_.next_free()) {
    places_.leave(*leg);
    const auto* role = receiving_role(*leg);
    if (!role) {
      receive_no_more(*leg);
    } else if (is_late(*leg->command)) {
      expire(*leg, "");
    } else {
      place_past_following(*leg, *role);
    }
  }
}

Payload Dispatcher::payload_for_delivery(const Leg& leg) {
  Command& command = *leg.command;
  EXO_CHECK(command.undelivered > 0);
  --command.undelivered;
  if (command.keeps_payload || command.undelivered > 0) return command.payload.share();
  return std::move(command.payload);
}

void Dispatcher::deliver(Leg& leg, Instance& instance, std::string_view receiver_name) {
  Command& command = *leg.command;
  places_.hand_over(leg, instance);
  Payload payload = payload_for_delivery(leg);
  if (command.undelivered == 0 && !command.reply_open) commands_.deadlines().remove(command);
  HeaderView header;
  header.kind = Kind::kCommand;
  header.name = receiver_name;
  header.id = command.id.view();
  header.activity_id = command.activity.view();
  header.sender = *command.sender_role;
  header.sender_version = *command.sender_version;
  header.timestamp_ns = now_.unix_time.nanoseconds;
  header.content_type = command.content_type;
  if (command.has_deadline) header.timeout_ms = milliseconds_left(command, now_.monotonic);
  header.expects = command.expects;
  header.sequence = leg.sequence;
  header.redelivered = leg.redelivered || command.redelivered;
  header.acknowledged = leg.acknowledged;
  watch_.delivered(leg, receiver_name, payload);
  outbox_.send(instance.connection, header, std::move(payload));
  if (command.scope && command.name && !leg.redelivered) {
    command.scope->see_flow(*command.sender_role, *command.name, receiver_name, *leg.role->text);
  }
}

void Dispatcher::deliver_from_exo(Command& command, std::string_view name, Instance& instance) {
  Leg& leg = commands_.add_leg(command);
  watch_.begun(leg);
  deliver(leg, instance, name);
}

void Dispatcher::pump(Instance& instance) {
  if (!instance.version) return;
  VersionState& version = *instance.version;
  while (instance.has_room()) {
    Leg* own = instance.queue.front();
    Leg* shared = version.queue.front();
    if (!own && !shared) return;
    Leg& leg = (!shared || (own && own->command->arrival < shared->command->arrival)) ? *own : *shared;
    places_.leave(leg);
    if (is_late(*leg.command)) {
      expire(leg, kToHaveRoom);
      continue;
    }
    if (leg.command->brings_in != &version && leg.tied_to != instance.number) {
      affinity_.remember(leg.command->hashed_activity(), version, instance.number);
    }
    deliver(leg, instance, *leg.receiver_name);
  }
}

void Dispatcher::place_all_again() {
  moving_.clear();
  for (const auto& role : fleet_.roles()) {
    collect(role->parked, moving_);
    collect(role->waiting, moving_);
  }
  for (const auto& version : fleet_.versions()) collect(version->queue, moving_);
  for (const auto& [name, instance] : fleet_.instances()) collect(instance->queue, moving_);
  std::sort(moving_.begin(), moving_.end(),
            [](const Leg* a, const Leg* b) { return a->command->arrival < b->command->arrival; });
  for (Leg* leg : moving_) places_.leave(*leg);
  for (Leg* leg : moving_) place_again(*leg);
}

void Dispatcher::release_queue(Instance& instance) {
  while (Leg* leg = instance.queue.front()) {
    places_.leave(*leg);
    place_again(*leg);
  }
}

void Dispatcher::lose(Instance& instance, std::string_view reason) {
  const std::string text = *instance.role + " (" + instance.name +
                           ") was lost before it had completed this: " + std::string(reason);
  while (Leg* leg = instance.legs.front()) lose_leg(*leg, text);
  release_queue(instance);
}

void Dispatcher::lose_leg(Leg& leg, const std::string& reason) {
  if (leg.state == LegState::kAnswering) {
    outcomes_.answer_lost(leg, reason);
    return;
  }
  Command& command = *leg.command;
  // The pages that its asker has would not fit those of another answer.
  const bool half_answered = leg.replied && !leg.answered && command.reply_open;
  if (!leg.acknowledged || half_answered) {
    outcomes_.failed(leg, "receiver-lost", reason);
    return;
  }
  places_.leave(leg);
  leg.redelivered = true;
  leg.answered = false;
  ++command.undelivered;
  place_again(leg);
}

std::size_t Dispatcher::drop_unsent(Command& command) {
  std::size_t dropped = 0;
  for (Leg* leg = command.legs; leg;) {
    Leg* next = leg->sibling;
    if (is_unsent(*leg)) {
      const bool last = command.unsettled == 1;
      outcomes_.abandoned(*leg);
      ++dropped;
      if (last) break;
    }
    leg = next;
  }
  return dropped;
}

void Dispatcher::forget_sender(Instance& sender) {
  std::size_t dropped = 0;
  if (sender.scope) sender.scope->end();
  while (Command* command = sender.commands.front()) {
    sender.commands.remove(*command);
    command->sender = nullptr;
    const bool of_script = sender.scope != nullptr;
    if (of_script) repeat_nothing(*command);  // an attempt has ended
    command->reply_open = command->reply_open && command->unsettled == 0;
    if (command->reply_open) {
      outcomes_.close_reply(*command);
    } else if (of_script) {
      dropped += drop_unsent(*command);
    }
  }
  if (dropped == 0) return;
  notices_.add(NoticeKind::kDroppedMessage,
               "bus: " + *sender.role + " has ended; " + std::to_string(dropped) +
                   " of its messages, which nobody had taken yet, are dropped",
               now_.monotonic);
}

void Dispatcher::cancel(Command& command) {
  command.cancelled = true;
  repeat_nothing(command);
  const bool has_unsent = any_unsent(command);
  outcomes_.give_up_reply(command);  // takes the command with it where nothing of it is unsettled
  if (has_unsent) drop_unsent(command);
}

void Dispatcher::expire() {
  while (Command* command = commands_.deadlines().take_due(now_.monotonic)) expire(*command);
}

void Dispatcher::expire(Command& command) {
  const ShortText id = command.id;
  bool alive = true;
  for (Leg* leg = command.legs; leg && alive;) {
    Leg* next = leg->sibling;
    if (is_unsent(*leg)) {
      expire(*leg, what_for(*leg));
      alive = commands_.find(id.view()) == &command;
    }
    leg = next;
  }
  if (!alive || !command.reply_open) return;
  for (Leg* leg = command.legs; leg; leg = leg->sibling) {
    if (leg->state != LegState::kSettled && !leg->answered) watch_.unanswered(*leg);
  }
  command.cancelled = true;  // its asker has given it up by its own clock
  outcomes_.give_up_reply(command);
}

// The wheel notices a deadline a little late; a command is not to slip through in between, since its sender
// may have been told that it expired.
bool Dispatcher::is_late(const Command& command) const {
  return command.has_deadline && command.deadline <= now_.monotonic;
}

void Dispatcher::expire(Leg& leg, const char* why) {
  outcomes_.failed(leg, "expired",
                   "it waited for " + *leg.role->text + why + " until its deadline had passed");
}

}  // namespace exo::routing

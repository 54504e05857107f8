#include "bus/replies.h"

#include <algorithm>
#include <utility>

namespace exo::routing {
namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Whether another role has begun to answer: its pages and those of this leg would make no reply.
bool another_answers(const Leg& leg) {
  for (const Leg* other = leg.command->legs; other; other = other->sibling) {
    if (other != &leg && other->replied) return true;
  }
  return false;
}

}  // namespace

bool is_barrier(std::string_view name) {
  return ends_with(name, "-done") || ends_with(name, "-checkpoint");
}

Leg* Replies::open_leg(Command& command, const Instance& replier) {
  for (Leg* leg = command.legs; leg; leg = leg->sibling) {
    const bool has_it = leg->state == LegState::kDelivered || leg->state == LegState::kAnswering;
    if (has_it && leg->instance == &replier && !leg->answered) return leg;
  }
  return nullptr;
}

Result<void> Replies::reply(Instance& replier, const HeaderView& header, Payload&& payload) {
  Leg* leg = leg_answered_by(replier, header);
  if (!leg) return {};
  if (const auto fits = check_room(replier, *leg, header, payload); !fits) {
    outcomes_.overran(*leg, fits.error().message);
    return fits;
  }
  const bool last = !header.more;
  if (last) leg->answered = true;
  Command& command = *leg->command;
  if (command.name) {
    to_asker(replier, *leg, header, std::move(payload));
  } else {
    to_exo(replier, *leg, header, std::move(payload));
  }
  if (last) outcomes_.close_reply(command);
  return {};
}

Leg* Replies::leg_answered_by(Instance& replier, const HeaderView& header) {
  Command* command = commands_.find(header.response_to);
  Leg* leg = command ? open_leg(*command, replier) : nullptr;
  if (leg && command->reply_open && !another_answers(*leg)) return leg;
  // Who answers although nothing is expected does nothing wrong.
  const bool asked = !leg || command->reply_open || command->expects != Expects::kNone;
  if (leg && !command->reply_open && asked) command->reply_dropped = true;
  if (asked) drop(replier, header);
  return nullptr;
}

// Replies to exo need no window; what a script says there waits for its commands.
Result<void> Replies::check_room(const Instance& replier, Leg& leg, const HeaderView& header,
                                 const Payload& payload) {
  const Command& command = *leg.command;
  if (command.name) {
    if (++leg.pages <= command.pages_allowed + kPagesBeyond) return {};
    return Error{"overloaded", *replier.role + " sent page " + std::to_string(leg.pages) +
                                   " of its reply, and " + std::to_string(command.pages_allowed) +
                                   " were asked for"};
  }
  if (!replier.scope || !is_barrier(header.name)) return {};
  return replier.scope->room_for(payload.size());
}

void Replies::to_asker(const Instance& replier, Leg& leg, const HeaderView& header, Payload&& payload) {
  const Command& command = *leg.command;
  Instance& asker = *command.sender;
  const std::string_view public_name = fleet_.public_name_of(replier, header.name);
  HeaderView out;
  out.kind = Kind::kReply;
  out.name = fleet_.name_for(asker, public_name);
  out.id = header.id;
  out.response_to = header.response_to;
  out.activity_id = command.activity.view();
  out.sender = *replier.role;
  out.sender_version = *replier.version_text;
  out.timestamp_ns = now_.unix_time.nanoseconds;
  out.content_type = header.content_type;
  out.more = header.more;
  out.page = header.page;
  if (asker.scope) {
    asker.scope->move();
    asker.scope->see_flow(*replier.role, public_name, out.name, *asker.role);
  }
  watch_.replied(replier, leg, header, public_name, payload);
  outbox_.send(asker.connection, out, std::move(payload));
}

void Replies::to_exo(Instance& replier, Leg& leg, const HeaderView& header, Payload&& payload) {
  const Command& command = *leg.command;
  watch_.replied(replier, leg, header, header.name, payload);
  MessageToExo message;
  message.instance = replier.name;
  message.role = *replier.role;
  message.peer = replier.kind;
  message.kind = Kind::kReply;
  message.name = header.name;
  message.id = header.id;
  message.response_to = header.response_to;
  message.activity_id = command.activity.view();
  message.content_type = header.content_type;
  message.more = header.more;
  message.payload = std::move(payload);
  message.handled_errors = header.handled_errors;
  if (replier.scope && is_barrier(header.name)) {
    replier.scope->pass_when_settled(std::move(message), commands_.next_arrival());
  } else {
    outbox_.report(std::move(message));
  }
}

void Replies::drop(Instance& replier, const HeaderView& header) {
  notices_.add(NoticeKind::kDroppedReply,
               "bus: dropped the reply \"" + std::string(header.name) + "\" of " + *replier.role +
                   ": nobody waits for an answer to " + std::string(header.response_to),
               now_.monotonic);
  if (!header.more) return;
  HeaderView error;
  error.kind = Kind::kError;
  error.response_to = header.response_to;
  error.name = header.name;
  error.code = "receiver-lost";
  error.reason = "nobody waits for this reply any more";
  outbox_.send(replier.connection, error);
}

void Replies::window(Instance& asker, const HeaderView& header) {
  Command* command = commands_.find(header.response_to);
  if (!command || command->sender != &asker || !command->reply_open)
    return;  // it ended while this was on its way
  command->pages_allowed = std::max(command->pages_allowed, header.pages);
  for (Leg* leg = command->legs; leg; leg = leg->sibling) {
    const bool has_it = leg->state == LegState::kDelivered || leg->state == LegState::kAnswering;
    if (!has_it || leg->answered) continue;
    HeaderView out;
    out.kind = Kind::kWindow;
    out.response_to = header.response_to;
    out.pages = header.pages;
    outbox_.send(leg->instance->connection, out);
  }
}

}  // namespace exo::routing

#include "bus/outcomes.h"

#include <string>
#include <utility>

namespace exo::routing {

void Outcomes::handled(Leg& leg) {
  watch_.handled(leg);
  if (leg.command->reply_open && !leg.answered) {
    places_.answer(leg);
    settle_one(*leg.command);
    return;
  }
  settle(leg);
}

void Outcomes::failed(Leg& leg, std::string_view code, std::string_view reason) {
  Command& command = *leg.command;
  watch_.failed(leg, code, reason);
  if (!command.failed) {
    command.failed = true;
    // Who has had the whole answer asks no more what became of its handler; only scripts count that.
    const bool has_answer = leg.answered && !command.acknowledged;
    if (!command.cancelled && !has_answer) {
      if (command.scope) command.scope->fail(command.arrival);
      tell_failure(command, leg, code, reason);
    }
  }
  command.reply_open = false;
  settle(leg);
}

void Outcomes::abandoned(Leg& leg) {
  watch_.failed(leg, leg.command->cancelled ? "cancelled" : "dropped", "nobody waits for it any more");
  leg.command->reply_open = false;
  settle(leg);
}

void Outcomes::answer_lost(Leg& leg, std::string_view reason) {
  EXO_CHECK(leg.state == LegState::kAnswering);
  Command& command = *leg.command;
  places_.leave(leg);
  leg.state = LegState::kSettled;
  leg.answered = true;
  for (const Leg* other = command.legs; other; other = other->sibling) {
    if (!other->answered) return;  // another role may still reply
  }
  if (!command.reply_open) return;
  watch_.failed(leg, "receiver-lost", reason);
  tell_failure(command, leg, "receiver-lost", reason);
  close_reply(command);
}

void Outcomes::close_reply(Command& command) {
  command.reply_open = false;
  finish(command);
}

void Outcomes::give_up_reply(Command& command) {
  for (const Leg* leg = command.legs; leg; leg = leg->sibling) {
    const bool has_it = leg->state == LegState::kDelivered || leg->state == LegState::kAnswering;
    if (!has_it || leg->answered || !leg->instance->connected()) continue;
    HeaderView header;
    header.kind = Kind::kCancel;
    header.response_to = command.id.view();
    outbox_.send(leg->instance->connection, header);
  }
  close_reply(command);
}

void Outcomes::tell_failure(const Command& command, const Leg& leg, std::string_view code,
                            std::string_view reason) {
  if (!command.name) {  // exo's own
    MessageToExo message;
    if (leg.instance) {
      message.instance = leg.instance->name;
      message.role = *leg.instance->role;
      message.peer = leg.instance->kind;
    }
    message.kind = Kind::kError;
    message.response_to = command.id.view();
    message.activity_id = command.activity.view();
    message.code = code;
    message.reason = reason;
    outbox_.report(std::move(message));
    return;
  }
  tell_sender(command, code, reason);
}

void Outcomes::answer_missed(Command& command) {
  if (!std::exchange(command.failed, true) && command.scope) command.scope->fail(command.arrival);
  tell_sender(command, "receiver-lost", "what became of it was told on a connection that is lost");
}

void Outcomes::tell_sender(const Command& command, std::string_view code, std::string_view reason) {
  if (!command.sender || !command.sender->connected()) return;
  HeaderView header;
  header.kind = Kind::kError;
  header.name = fleet_.name_for(*command.sender, *command.name);
  header.response_to = command.id.view();
  header.activity_id = command.activity.view();
  header.code = code;
  header.reason = reason;
  outbox_.send(command.sender->connection, header);
}

void Outcomes::settle(Leg& leg) {
  Command& command = *leg.command;
  const bool was_answering = leg.state == LegState::kAnswering;
  places_.leave(leg);
  leg.state = LegState::kSettled;
  if (was_answering) {
    finish(command);
  } else {
    settle_one(command);
  }
}

void Outcomes::settle_one(Command& command) {
  EXO_CHECK(command.unsettled > 0);
  if (--command.unsettled > 0) return;
  command.payload = Payload();
  const bool acknowledge = command.acknowledged && !command.failed;
  if (acknowledge) flow_.delivered(command);
  flow_.settled(command);
  if (command.scope) command.scope->settle(command);
  if (command.reply_open) {
    commands_.unanswered().push_back(command);
    bound_unanswered();
    return;
  }
  finish(command);
}

void Outcomes::finish(Command& command) {
  if (command.unsettled > 0 || command.reply_open) return;
  for (Leg* leg = command.legs; leg; leg = leg->sibling) {
    places_.leave(*leg);
    leg->state = LegState::kSettled;
  }
  commands_.remove(command);
}

void Outcomes::bound_unanswered() {
  if (commands_.unanswered().size() <= kUnansweredLimit) return;
  Command& oldest = *commands_.unanswered().front();
  notices_.add(NoticeKind::kForgottenRequest,
               "bus: more than " + std::to_string(kUnansweredLimit) +
                   " requests wait for replies; the oldest is forgotten: " + std::string(oldest.id.view()),
               now_.monotonic);
  close_reply(oldest);
}

void Outcomes::refuse(Instance& sender, const HeaderView& command, ScriptScope* scope, std::string_view code,
                      std::string_view reason) {
  if (scope) scope->fail(commands_.next_arrival());
  watch_.refused(sender, command, code, reason);
  HeaderView header;
  header.kind = Kind::kError;
  header.name = command.name;
  header.response_to = command.id;
  header.activity_id = command.activity_id;
  header.code = code;
  header.reason = reason;
  outbox_.send(sender.connection, header);
}

}  // namespace exo::routing

#include "bus/outcomes.h"

#include <memory>
#include <string>
#include <utility>

namespace exo::routing {

namespace {

constexpr std::string_view kOverloaded = "overloaded";
constexpr std::string_view kReceiverLost = "receiver-lost";

bool has_answer(const Command& command) {
  for (const Leg* leg = command.legs; leg; leg = leg->sibling) {
    if (leg->answered) return true;
  }
  return false;
}

// While a reply is awaited. Who has completed its handler without a word of an answer is most likely one that
// only listens: once another has failed it is not waited for.
bool may_answer(const Leg& leg) {
  if (leg.state == LegState::kSettled) return false;
  return leg.state != LegState::kAnswering || leg.replied || !leg.command->failure;
}

bool another_may_answer(const Leg& leg) {
  for (const Leg* other = leg.command->legs; other; other = other->sibling) {
    if (other != &leg && may_answer(*other)) return true;
  }
  return false;
}

// Whether the sender need not hear that this leg fails as long as another may answer.
bool is_one_of_several(const Leg& leg) {
  const Command& command = *leg.command;
  return command.reply_open && !command.acknowledged && !leg.replied && command.legs->sibling;
}

}  // namespace

void Outcomes::handled(Leg& leg) {
  Command& command = *leg.command;
  settle_copy(leg, true);
  watch_.handled(leg);
  if (!command.reply_open || leg.answered) return settle(leg);
  places_.answer(leg);
  if (command.failure && !leg.replied && !another_may_answer(leg)) end(leg, *command.failure);
  settle_one(command);
}

void Outcomes::failed(Leg& leg, std::string_view code, std::string_view reason) {
  const bool refused = leg.state == LegState::kDelivered && code != kReceiverLost;
  settle_copy(leg, leg.sequence != 0 && !refused);
  watch_.failed(leg, code, reason);
  Failure failure{std::string(code), std::string(reason)};
  if (!is_one_of_several(leg)) {
    end(leg, failure);
  } else {
    std::unique_ptr<Failure>& first = leg.command->failure;
    if (!first) first = std::make_unique<Failure>(std::move(failure));
    if (!another_may_answer(leg)) end(leg, *first);
  }
  settle(leg);
}

// Who has had the whole answer asks no more what became of other handlers; only scripts count that.
void Outcomes::end(const Leg& leg, const Failure& failure) {
  Command& command = *leg.command;
  command.reply_open = false;
  if (command.failed || (!command.acknowledged && has_answer(command))) return;
  command.failed = true;
  if (command.cancelled) return;
  if (command.replayed) command.failure = std::make_unique<Failure>(failure);
  if (command.scope) command.scope->fail(command.arrival);
  tell_failure(command, leg, failure.code, failure.reason);
}

void Outcomes::abandoned(Leg& leg) {
  settle_copy(leg, leg.sequence != 0);
  watch_.failed(leg, leg.command->cancelled ? "cancelled" : "dropped", "nobody waits for it any more");
  leg.command->reply_open = false;
  settle(leg);
}

void Outcomes::answer_lost(Leg& leg, std::string_view reason) {
  EXO_CHECK(leg.state == LegState::kAnswering);
  Command& command = *leg.command;
  places_.leave(leg);
  leg.state = LegState::kSettled;
  if (!command.reply_open || (!leg.replied && another_may_answer(leg))) return;
  watch_.failed(leg, "receiver-lost", reason);
  const Failure lost{"receiver-lost", std::string(reason)};
  const Failure& failure = command.failure && !leg.replied ? *command.failure : lost;
  command.failed = true;
  tell_failure(command, leg, failure.code, failure.reason);
  close_reply(command);
}

void Outcomes::overran(Leg& leg, std::string_view reason) {
  watch_.failed(leg, kOverloaded, reason);
  end(leg, {std::string(kOverloaded), std::string(reason)});
  finish(*leg.command);
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

void Outcomes::settle_copy(const Leg& leg, bool applied) {
  if (leg.copy != 0) outbox_.report(FollowedSettled{.number = leg.copy, .applied = applied});
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
  if (command.replayed) tell_replayed(command);
  if (command.reply_open) {
    commands_.unanswered().push_back(command);
    bound_unanswered();
    return;
  }
  finish(command);
}

void Outcomes::tell_replayed(const Command& command) {
  ReplaySettled settled{.id = std::string(command.id.view()), .code = {}, .reason = {}};
  if (command.failure) {
    settled.code = command.failure->code;
    settled.reason = command.failure->reason;
  }
  outbox_.report(std::move(settled));
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
  if (commands_.unanswered().size() <= unanswered_limit_) return;
  Command& oldest = *commands_.unanswered().front();
  const std::string reason = std::to_string(commands_.unanswered().size()) +
                             " requests were handled and wait for replies; the bus keeps " +
                             std::to_string(unanswered_limit_) + ", and this one was the oldest";
  notices_.add(NoticeKind::kForgottenRequest, "bus: " + reason + ": " + std::string(oldest.id.view()),
               now_.monotonic);
  watch_.failed(*oldest.legs, kOverloaded, reason);
  oldest.failed = true;
  tell_failure(oldest, *oldest.legs, kOverloaded, reason);
  give_up_reply(oldest);
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

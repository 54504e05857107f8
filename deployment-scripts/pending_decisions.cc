#include "deployment-scripts/pending_decisions.h"

#include <utility>

namespace exo {
namespace {

// Whether `stored` is what the ledger made of `wanted`.
bool is_same(const LedgerEvent& wanted, const LedgerEvent& stored) {
  return wanted.type == stored.type && wanted.role == stored.role && wanted.version == stored.version &&
         wanted.phase == stored.phase && wanted.generation == stored.generation && wanted.run == stored.run &&
         wanted.attempt == stored.attempt && wanted.details == stored.details;
}

}  // namespace

std::optional<LedgerEvent> PendingDecisions::next(const Judge& judge) {
  while (!waiting_.empty()) {
    Waiting& first = waiting_.front();
    if (!first.judged) {
      auto events = judge(first.decide.decision);
      if (!events) {
        answer(events.error());
        continue;
      }
      first.judged = true;
      first.left = {events.value().begin(), events.value().end()};
    }
    asked_ = true;
    return first.left.front();
  }
  return std::nullopt;
}

const Decision* PendingDecisions::applied(const LedgerEvent& event) {
  const bool was_asked = std::exchange(asked_, false);
  if (waiting_.empty()) return nullptr;
  Waiting& first = waiting_.front();
  if (!was_asked || !is_same(first.left.front(), event)) {
    first.judged = false;  // what was true when it was judged may be so no more
    return nullptr;
  }
  first.left.pop_front();
  first.recorded.push_back(event);
  last_ = first.decide.decision;
  if (first.left.empty()) answer(std::nullopt);
  return &last_;
}

void PendingDecisions::append_failed(const std::string& reason) {
  if (!std::exchange(asked_, false)) return;
  answer(Error{"not-recorded", "the ledger did not take it: " + reason +
                                   "; mend that and decide again, unless exo history shows it by then"});
}

void PendingDecisions::refuse_all(const Error& error) {
  while (!waiting_.empty()) answer(error);
  asked_ = false;
}

std::vector<rollout::Decided> PendingDecisions::take_answers() {
  return std::exchange(answers_, {});
}

void PendingDecisions::answer(std::optional<Error> refusal) {
  Waiting& first = waiting_.front();
  answers_.push_back(
      {.id = std::move(first.decide.id), .events = std::move(first.recorded), .refusal = std::move(refusal)});
  waiting_.pop_front();
}

}  // namespace exo

#include "bus/relays/cpp/asking.h"

#include <algorithm>
#include <iterator>

namespace exo::relaying {

namespace {

// How many pages beyond those taken a replier may send.
constexpr std::uint64_t kPagesAhead = 8;

Answer make_answer(const HeaderView& header, Value payload) {
  return Answer{.name = std::string(header.name),
                .sender = std::string(header.sender),
                .sender_version = std::string(header.sender_version),
                .payload = std::move(payload),
                .more = header.more};
}

}  // namespace

void Asking::add(Question question) {
  const std::uint64_t number = question.number;
  if (settled_ == Settled::kWhenDelivered) settlement_.begin(number);
  if (question.deadline) deadlines_.emplace(*question.deadline, number);
  questions_.emplace(number, std::move(question));
}

void Asking::accepted(std::uint64_t number) {
  const auto found = questions_.find(number);
  if (found == questions_.end()) return;
  found->second.accepted = true;
  if (settled_ == Settled::kWhenAccepted || found->second.for_exo) settle(number);
}

void Asking::delivered(std::uint64_t number) {
  settle(number);
}

void Asking::settle(std::uint64_t number) {
  settlement_.settle(number);
  const auto found = questions_.find(number);
  if (found == questions_.end() || found->second.settled) return;
  found->second.settled = true;
  const OnSettled on_settled = std::move(found->second.on_settled);
  erase_when_over(number);
  if (on_settled) on_settled({});
}

void Asking::erase_when_over(std::uint64_t number) {
  const auto found = questions_.find(number);
  if (found == questions_.end()) return;
  const Question& question = found->second;
  const bool waits = question.expects != Expects::kNone && !question.answered;
  if (question.settled && !waits) questions_.erase(found);
}

// The last thing done with a question in each step: the callback may change everything.
void Asking::give(std::uint64_t number, Result<Answer> answer) {
  Question& question = questions_.at(number);
  if (answer.ok() && answer.value().more) {
    const OnAnswer on_answer = question.on_answer;
    on_answer(std::move(answer));
    return;
  }
  question.answered = true;
  const OnAnswer on_answer = std::move(question.on_answer);
  erase_when_over(number);
  on_answer(std::move(answer));
}

void Asking::replied(std::uint64_t number, const HeaderView& header, Result<Value> payload) {
  const auto found = questions_.find(number);
  if (found == questions_.end() || !found->second.on_answer) return;
  Question& question = found->second;
  if (!payload.ok()) return give(number, payload.error());
  const std::string id = question.id;
  const std::uint64_t window = ++question.pages_taken + kPagesAhead;
  const bool grants = header.more && header.sender != "exo";
  const bool gathers = question.expects == Expects::kOne && question.pages == Pages::kGathered &&
                       (header.more || question.pages_taken > 1);
  if (!gathers) {
    give(number, make_answer(header, std::move(payload).value()));
  } else if (Value::List* page = payload.value().list(); page == nullptr) {
    return give(number,
                Error{"malformed", "a page of the reply `" + std::string(header.name) + "` is not a list"});
  } else {
    std::move(page->begin(), page->end(), std::back_inserter(question.gathered));
    if (!header.more) give(number, make_answer(header, std::move(question.gathered)));
  }
  if (grants) send_window_(id, window);
}

bool Asking::failed(std::uint64_t number, const Error& error) {
  settlement_.settle(number);
  const auto found = questions_.find(number);
  if (found == questions_.end()) return false;
  const Question question = std::move(found->second);
  questions_.erase(found);
  if (question.on_answer && !question.answered) {
    question.on_answer(error);
    return true;
  }
  if (!question.on_settled || question.settled) return false;
  question.on_settled(error);
  return true;
}

std::vector<Error> Asking::connection_lost() {
  std::vector<std::uint64_t> lost;
  for (const auto& [number, question] : questions_) {
    if (question.accepted) lost.push_back(number);
  }
  std::sort(lost.begin(), lost.end());
  std::vector<Error> not_taken;
  for (const std::uint64_t number : lost) {
    const Error error{"bus-lost", "the bus was lost after it had taken the message"};
    if (!failed(number, error)) not_taken.push_back(error);
  }
  return not_taken;
}

void Asking::close(const Error& error) {
  while (!questions_.empty()) failed(questions_.begin()->first, error);
}

void Asking::expire(MonotonicTime now) {
  while (!deadlines_.empty() && deadlines_.top().first <= now) {
    const std::uint64_t number = deadlines_.top().second;
    deadlines_.pop();
    const auto found = questions_.find(number);
    if (found == questions_.end() || !found->second.on_answer) continue;
    failed(number, Error{"expired", "no answer came in time"});
  }
}

std::optional<MonotonicTime> Asking::next_deadline() {
  while (!deadlines_.empty() && questions_.count(deadlines_.top().second) == 0) deadlines_.pop();
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.top().first;
}

}  // namespace exo::relaying

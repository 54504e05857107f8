#include "bus/relays/cpp/asking.h"

#include <algorithm>
#include <iterator>

namespace exo::relaying {

namespace {

// How many pages beyond those taken a replier may send.
constexpr std::uint64_t kPagesAhead = 8;
// So many deadlines of questions that are over are kept before they are thrown away.
constexpr std::size_t kSpareDeadlines = 4096;

Answer make_answer(const HeaderView& header, Value payload) {
  return Answer{.name = std::string(header.name),
                .sender = std::string(header.sender),
                .sender_version = std::string(header.sender_version),
                .payload = std::move(payload),
                .more = header.more};
}

}  // namespace

void Asking::add(Question question) {
  const std::uint64_t number = question.command->number;
  if (settled_ == Settled::kWhenDelivered) settlement_.begin(number);
  if (question.on_answer) add_deadline(*question.command);
  questions_.emplace(number, std::move(question));
}

// Most questions are over long before their deadline.
void Asking::add_deadline(const OutgoingCommand& command) {
  if (!command.deadline) return;
  if (deadlines_.size() > 2 * questions_.size() + kSpareDeadlines) {
    const auto is_over = [this](const Deadline& each) { return questions_.count(each.second) == 0; };
    deadlines_.erase(std::remove_if(deadlines_.begin(), deadlines_.end(), is_over), deadlines_.end());
    std::make_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
  }
  deadlines_.emplace_back(*command.deadline, command.number);
  std::push_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
}

void Asking::accepted(std::uint64_t number) {
  const auto found = questions_.find(number);
  if (found == questions_.end()) return;
  found->second.accepted = true;
  if (settled_ == Settled::kWhenAccepted || found->second.command->for_exo) settle(number);
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
  const bool waits = question.command->expects != Expects::kNone && !question.answered;
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
  if (found == questions_.end() || !found->second.on_answer || found->second.answered) return;
  Question& question = found->second;
  if (!payload.ok()) return give_up(number, payload.error());
  if (question.gathers() && header.page != question.pages_taken) {
    return give_up(number, Error{"malformed", "page " + std::to_string(header.page) + " of the reply `" +
                                                  std::string(header.name) + "` came where page " +
                                                  std::to_string(question.pages_taken) + " was due"});
  }
  const Outbox::Command command = question.command;
  command->begun = header.more;
  const bool on_demand = question.pages == Pages::kOnDemand;
  if (!on_demand) ++question.pages_taken;
  const std::uint64_t window = question.pages_taken + kPagesAhead;
  if (question.gathers() && (header.more || question.pages_taken > 1)) {
    gather(number, header, std::move(payload).value());
  } else {
    give(number, make_answer(header, std::move(payload).value()));
  }
  if (on_demand || !header.more || header.sender == "exo" || !waits_for(number)) return;
  sink_.send_window(command, window);
}

void Asking::go_on(std::uint64_t number) {
  if (!waits_for(number)) return;
  Question& question = questions_.at(number);
  sink_.send_window(question.command, ++question.pages_taken + kPagesAhead);
}

void Asking::gather(std::uint64_t number, const HeaderView& header, Value payload) {
  Value::List* page = payload.list();
  if (page == nullptr) {
    return give_up(
        number, Error{"malformed", "a page of the reply `" + std::string(header.name) + "` is not a list"});
  }
  Question& question = questions_.at(number);
  std::move(page->begin(), page->end(), std::back_inserter(question.gathered));
  if (!header.more) give(number, make_answer(header, std::move(question.gathered)));
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

bool Asking::waits_for(std::uint64_t number) const {
  const auto found = questions_.find(number);
  return found != questions_.end() && found->second.on_answer && !found->second.answered;
}

void Asking::give_up(std::uint64_t number, const Error& error) {
  if (!waits_for(number)) return;
  sink_.stop(questions_.at(number).command);
  failed(number, error);
}

void Asking::connection_lost(const Error& error) {
  std::vector<std::uint64_t> lost;
  for (auto& [number, question] : questions_) {
    if (question.command->begun || (question.accepted && question.command->sent)) {
      lost.push_back(number);
    } else {
      question.accepted = false;
    }
  }
  std::sort(lost.begin(), lost.end());
  for (const std::uint64_t number : lost) {
    const Outbox::Command command = questions_.at(number).command;
    if (!command->sent) sink_.stop(command);
    failed(number, error);
  }
}

void Asking::close(const Error& error) {
  while (!questions_.empty()) failed(questions_.begin()->first, error);
}

void Asking::expire(MonotonicTime now) {
  while (!deadlines_.empty() && deadlines_.front().first <= now) {
    const std::uint64_t number = deadlines_.front().second;
    std::pop_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
    deadlines_.pop_back();
    give_up(number, Error{"expired", "no answer came in time"});
  }
}

std::optional<MonotonicTime> Asking::next_deadline() {
  while (!deadlines_.empty() && questions_.count(deadlines_.front().second) == 0) {
    std::pop_heap(deadlines_.begin(), deadlines_.end(), std::greater<>());
    deadlines_.pop_back();
  }
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.front().first;
}

}  // namespace exo::relaying

#include "bus/relays/cpp/pipeline.h"

#include <utility>

#include "base/check.h"

namespace exo {

// Shared with the callbacks of what is under way, which may outlive the pipeline.
struct Pipeline::State : std::enable_shared_from_this<State> {
  State(Relay& relay_to_use, std::size_t at_most) : relay(&relay_to_use), limit(at_most) {}

  void fill();
  Result<void> send(const Next& next);
  void ended(const Result<void>& outcome);
  bool waits_for_room();
  void finish_when_done();

  Relay* relay;  // null once the pipeline is gone
  std::size_t limit;
  Source source;  // empty once it has no more, or is not to be asked any more
  OnEnd on_end;   // set exactly while it runs
  std::size_t under_way = 0;
  std::uint64_t done = 0;
  std::optional<Error> first_error;
  std::optional<Next> kept;  // the relay had no room for it
  bool filling = false;
  bool waiting_for_room = false;
};

// The source may end commands that are under way, by cancelling them: this is then not entered again.
void Pipeline::State::fill() {
  if (filling) return;
  filling = true;
  while (relay != nullptr && source && under_way < limit) {
    std::optional<Next> next = std::exchange(kept, std::nullopt);
    if (!next) next = source();
    if (!next) {
      source = nullptr;
      break;
    }
    const auto sent = send(*next);
    if (sent.ok()) continue;
    if (sent.error().code == "overloaded" && waits_for_room()) {
      kept = std::move(next);
      break;
    }
    first_error = sent.error();
    source = nullptr;
  }
  filling = false;
  finish_when_done();
}

// What is done may still be kept by the relay, and so may be what others have sent.
bool Pipeline::State::waits_for_room() {
  if (waiting_for_room) return true;
  waiting_for_room = relay->when_there_is_room([self = shared_from_this()] {
    self->waiting_for_room = false;
    self->fill();
  });
  return waiting_for_room;
}

Result<void> Pipeline::State::send(const Next& next) {
  const auto self = shared_from_this();
  if (!next.on_answer) {
    const auto settled = [self](const Result<void>& outcome) { self->ended(outcome); };
    auto sent = relay->send(next.name, next.payload, next.options.send, settled);
    if (sent.ok()) ++under_way;
    return sent;
  }
  const auto answered = [self, take = next.on_answer](Result<Answer> answer) {
    const bool more = answer.ok() && answer.value().more;
    const Result<void> outcome = answer.ok() ? Result<void>() : answer.error();
    take(std::move(answer));
    if (!more) self->ended(outcome);
  };
  const auto asked = relay->request(next.name, next.payload, next.options, answered);
  if (!asked.ok()) return asked.error();
  ++under_way;
  return {};
}

void Pipeline::State::ended(const Result<void>& outcome) {
  --under_way;
  if (outcome.ok()) {
    ++done;
  } else if (!first_error) {
    first_error = outcome.error();
    source = nullptr;
    kept.reset();
  }
  fill();
}

void Pipeline::State::finish_when_done() {
  if (relay == nullptr || !on_end || source || under_way > 0) return;
  const OnEnd told = std::exchange(on_end, nullptr);
  told(first_error ? Result<std::uint64_t>(*first_error) : Result<std::uint64_t>(done));
}

Pipeline::Pipeline(Relay& relay, Options options)
    : state_(std::make_shared<State>(relay, options.in_flight)) {
  EXO_CHECK(options.in_flight > 0);
}

Pipeline::~Pipeline() {
  state_->relay = nullptr;
  state_->source = nullptr;
  state_->on_end = nullptr;
}

void Pipeline::run(Source source, OnEnd on_end) {
  EXO_CHECK(source && on_end && !running());
  const auto state = state_;  // `on_end` may destroy the pipeline
  state->done = 0;
  state->first_error.reset();
  state->source = std::move(source);
  state->on_end = std::move(on_end);
  state->fill();
}

bool Pipeline::running() const {
  return state_->on_end != nullptr;
}

std::size_t Pipeline::in_flight() const {
  return state_->under_way;
}

}  // namespace exo

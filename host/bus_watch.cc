#include "host/bus_watch.h"

#include <chrono>
#include <optional>
#include <utility>

#include "host/host_line.h"
#include "host/signals.h"

namespace exo {
namespace {

// How long a signal may go unnoticed while nothing comes.
constexpr std::chrono::milliseconds kLookForSignals{50};
// The broker answers a tap at the latest after ten seconds.
constexpr std::chrono::seconds kTapAnswersWithin{60};

Value filter_of(const TapWish& wish) {
  return Value::map({{"role", wish.role},
                     {"name", wish.name},
                     {"activity", wish.activity},
                     {"version", wish.version},
                     {"payloads", wish.payloads == TapWish::Payloads::kShown}});
}

// One question to the broker after the other, as long as somebody takes the answers.
class TapLine {
 public:
  TapLine(HostLine& line, const TapWish& wish, const TakeTapped& take)
      : relay_(line.relay()), filter_(filter_of(wish)), take_(take) {}

  Result<void> run(const std::function<void()>& begun) {
    StopSignals signals;
    ask();
    bool said = false;
    while (!outcome_ && !signals.take()) {
      if (const auto polled = relay_.poll(kLookForSignals); !polled) return polled.error();
      if (!std::exchange(said, said || relay_.unaccepted() == 0) && said) begun();
    }
    return outcome_.value_or(Result<void>());
  }

 private:
  void ask() {
    RequestOptions options;
    options.send.timeout = kTapAnswersWithin;
    const auto sent = relay_.request("exo.tap", filter_, options,
                                     [this](Result<Answer> answer) { take(std::move(answer)); });
    if (!sent) outcome_ = sent.error();
  }

  void take(Result<Answer> answer) {
    if (!answer) {
      outcome_ = Result<void>(answer.error());
      return;
    }
    const Value* messages = answer.value().payload.find("messages");
    const Value* left_out = answer.value().payload.find("leftOut");
    const Value::List none;
    const Value::List* list = messages ? messages->list() : nullptr;
    if (take_(list ? *list : none, left_out ? left_out->unsigned_integer().value_or(0) : 0)) {
      ask();
    } else {
      outcome_ = Result<void>();
    }
  }

  Relay& relay_;
  Value filter_;
  const TakeTapped& take_;
  std::optional<Result<void>> outcome_;
};

Result<ActivityTrace> trace_over(HostLine& line, const std::string& activity) {
  const auto answer = line.relay().ask("exo.trace", Value::map({{"activity", activity}}));
  if (!answer) return answer.error();
  return trace_from_value(activity, answer.value().payload);
}

}  // namespace

Result<void> tap(const StateFolder& state, const TapWish& wish, const std::function<void()>& begun,
                 const TakeTapped& take) {
  const auto line = HostLine::connect_to_running(state, "nothing goes over its bus");
  if (!line) return line.error();
  return TapLine(*line.value(), wish, take).run(begun);
}

Result<void> tap(const RemoteBus& bus, const TapWish& wish, const std::function<void()>& begun,
                 const TakeTapped& take) {
  const auto line = HostLine::connect(bus);
  if (!line) return line.error();
  return TapLine(*line.value(), wish, take).run(begun);
}

Result<ActivityTrace> trace_activity(const StateFolder& state, const std::string& activity) {
  const auto line = HostLine::connect_to_running(state, "nobody remembers what went over its bus");
  if (!line) return line.error();
  return trace_over(*line.value(), activity);
}

Result<ActivityTrace> trace_activity(const RemoteBus& bus, const std::string& activity) {
  const auto line = HostLine::connect(bus);
  if (!line) return line.error();
  return trace_over(*line.value(), activity);
}

}  // namespace exo

// exo's bus, as an application uses it: through exo::Relay.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "benchmarks/messaging/link.h"
#include "bus/relays/cpp/relay.h"

namespace exo::messaging {

namespace {

// What a sender may have on its way: as much as exo::Pipeline lets it, and where a process has hundreds of
// relays, what they together keep in the processor's caches.
constexpr std::size_t kUnaccepted = 1024;
constexpr std::size_t kUnacceptedOfAll = 48 * 1024;
constexpr std::chrono::milliseconds kLongWait{1000};
constexpr std::chrono::milliseconds kConnectTimeout{10'000};

std::string role_of(Part part) {
  switch (part) {
    case Part::kAsker:
      return "asker";
    case Part::kAnswerer:
      return "answerer";
    case Part::kSender:
      return "sender";
    case Part::kReceiver:
      return "receiver";
  }
  return {};
}

// Of all links of this process.
std::shared_ptr<RelayContext> shared_context() {
  static const auto kContext = std::make_shared<RelayContext>();
  return kContext;
}

RelayOptions options_of(const Place& place) {
  RelayOptions options;
  options.context = shared_context();
  options.endpoint = place.address;
  options.role = role_of(place.part);
  options.version = "1.0.0";
  options.instance = options.role + "-" + std::to_string(place.index);
  options.token = "bench";
  return options;
}

void expect(const Result<void>& outcome) {
  if (!outcome.ok()) throw std::runtime_error(outcome.error().code + ": " + outcome.error().message);
}

class ExoLink final : public Link {
 public:
  ExoLink(const Place& place, Callbacks callbacks)
      : callbacks_(std::move(callbacks)),
        unaccepted_limit_(std::min(kUnaccepted, kUnacceptedOfAll / place.links)),
        relay_(options_of(place)) {
    if (place.part == Part::kAnswerer) {
      relay_.handle("echo",
                    [](const Command& command, Reply reply) { reply.send("echoed", command.payload); });
    }
    if (place.part == Part::kReceiver) {
      relay_.handle("note", [this](const Command& command, const Reply&) { take(command.payload); });
    }
    expect(relay_.connect(kConnectTimeout));
  }

  void ask(std::uint64_t number, std::string_view payload) override {
    const auto take_answer = [this, number](Result<Answer> answer) {
      if (!answer.ok()) throw std::runtime_error(answer.error().code + ": " + answer.error().message);
      callbacks_.on_answer(number, bytes_of(answer.value().payload));
    };
    const auto asked = relay_.request("echo", Value(Value::Binary{std::string(payload)}), {}, take_answer);
    if (!asked) expect(asked.error());
  }

  bool send(std::string_view payload) override {
    if (relay_.unaccepted() >= unaccepted_limit_) return false;
    expect(relay_.send("note", Value(Value::Binary{std::string(payload)})));
    return true;
  }

  void turn(Wait wait) override {
    expect(relay_.poll(wait == Wait::kNo ? std::chrono::milliseconds(0) : kLongWait));
    if (failure_) std::rethrow_exception(failure_);
  }

  bool all_sent() override { return relay_.unaccepted() == 0; }
  void finish() override {
    relay_.close();
    expect(relay_.run());
  }

 private:
  static std::string_view bytes_of(const Value& payload) {
    if (payload.binary() == nullptr) throw std::runtime_error("a payload that is not binary");
    return payload.binary()->bytes;
  }

  // The relay answers for a handler that throws; here it is to end the run.
  void take(const Value& payload) {
    try {
      callbacks_.on_message(bytes_of(payload));
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  Callbacks callbacks_;
  std::size_t unaccepted_limit_;
  std::exception_ptr failure_;
  Relay relay_;
};

}  // namespace

std::unique_ptr<Link> open_link(const Place& place, Link::Callbacks callbacks) {
  return std::make_unique<ExoLink>(place, std::move(callbacks));
}

}  // namespace exo::messaging

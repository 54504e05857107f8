#include "bus/relays/cpp/script.h"

#include <unistd.h>

#include <csignal>
#include <deque>
#include <exception>
#include <iostream>
#include <optional>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kConnectWithin{30};
constexpr milliseconds kLongWait{60'000};
constexpr std::string_view kRolePrefix = "deployment-";

std::string text_at(const Value& map, std::string_view key) {
  const Value* found = map.find(key);
  return found != nullptr && found->string() != nullptr ? *found->string() : "";
}

std::uint64_t number_at(const Value& map, std::string_view key) {
  const Value* found = map.find(key);
  return found != nullptr ? found->unsigned_integer().value_or(0) : 0;
}

ScriptStart start_of(const Value& payload) {
  ScriptStart start{.run = text_at(payload, "run"),
                    .attempt = number_at(payload, "attempt"),
                    .generation = number_at(payload, "generation"),
                    .environment = text_at(payload, "environment"),
                    .role = text_at(payload, "role"),
                    .version = text_at(payload, "version"),
                    .phase = text_at(payload, "phase"),
                    .checkpoint = {},
                    .dry_run = false};
  if (const Value* checkpoint = payload.find("checkpoint")) start.checkpoint = *checkpoint;
  if (const Value* dry_run = payload.find("dryRun")) start.dry_run = dry_run->flag().value_or(false);
  return start;
}

// Exo ends a script that has said what there was to say; what it has not said by then is lost in any case.
extern "C" void end_at_once(int) {
  ::_exit(0);
}

const Script::Phase& phase_of(const Script::Phases& phases, const std::string& name) {
  if (name == "offline") return phases.offline;
  if (name == "online") return phases.online;
  return name == "undo" ? phases.undo : phases.verify;
}

int complain(const std::string& what) {
  std::cerr << what << '\n';
  return 1;
}

}  // namespace

// The places of the script's streams, and what was asked for and not answered.
struct Script::State final : relaying::EachScript {
  explicit State(Script& owner, RelayOptions options)
      : script(owner), role(options.role), relay(std::move(options)) {}

  Value place_of(const std::string& name) const override {
    const Value* place = places.find(name);
    return place == nullptr ? Value() : *place;
  }
  Result<void> save(const std::string& name, Value place) override {
    Value::Map all = places.map() == nullptr ? Value::Map{} : *places.map();
    const auto is_it = [&](const auto& entry) { return entry.first == name; };
    std::erase_if(all, is_it);
    all.emplace_back(name, std::move(place));
    places = all;
    return script.checkpoint(Value::map({{"each", places}}));
  }
  void tell(double done, double total) override { script.progress(done, total); }
  void say_changed(const std::string& what) override { std::cerr << "exorelay: " << what << '\n'; }

  Script& script;
  std::string role;
  Relay relay;
  std::string phase;     // of the start that has come
  std::string activity;  // of it; empty before
  ScriptStart start;
  std::optional<Reply> answer;  // to it
  Value places;                 // a map, or nil
};

Script::Script(RelayOptions options) : state_(std::make_unique<State>(*this, std::move(options))) {}
Script::~Script() = default;

const ScriptStart& Script::start() const {
  return state_->start;
}
Relay& Script::relay() {
  return state_->relay;
}
const std::string& Script::activity_id() const {
  return state_->activity;
}

int Script::run(const Phases& phases) {
  auto options = RelayOptions::from_environment();
  if (!options.ok()) return complain(options.error().message);
  if (options.value().role.rfind(kRolePrefix, 0) != 0) {
    return complain("ROLE is '" + options.value().role +
                    "', which is no deployment script's (deployment-<role>-<version>)");
  }
  return Script(std::move(options).value()).run_phases(phases);
}

int Script::run_phases(const Phases& phases) {
  State& state = *state_;
  const auto take = [&](const char* phase, const Phase& act) {
    if (!act) return;
    state.relay.handle(state.role + "-" + phase + "-start",
                       [&state, phase](const Command& command, Reply reply) {
                         state.phase = phase;
                         state.activity = command.activity_id;
                         state.start = start_of(command.payload);
                         if (const Value* places = state.start.checkpoint.find("each"))
                           state.places = *places;
                         state.answer = std::move(reply);
                       });
  };
  take("offline", phases.offline);
  take("online", phases.online);
  take("undo", phases.undo);
  take("verify", phases.verify);
  if (auto joined = state.relay.connect(kConnectWithin); !joined.ok())
    return complain(joined.error().message);
  if (auto begun = poll_until([&] { return state.answer.has_value(); }); !begun.ok()) {
    return complain(begun.error().message);
  }
  const Phase& act = phase_of(phases, state.phase);
  Result<void> outcome;
  try {
    outcome = act(*this);
  } catch (const std::exception& exception) {
    outcome = Error{"exception", exception.what()};
  }
  std::signal(SIGTERM, end_at_once);
  if (outcome.ok()) {
    state.answer->send(own_name("done"), {});
    return state.relay.run().ok() ? 0 : 1;
  }
  std::cerr << outcome.error().message << '\n';
  state.answer->send(own_name("failed"), Value::map({{"reason", outcome.error().message}}));
  state.relay.close();
  (void)state.relay.run();
  return 1;
}

Result<void> Script::send(std::string_view name, const Value& payload, SendOptions options) {
  State& state = *state_;
  const SendOptions placed_options = placed(std::move(options));
  while (true) {
    const auto sent = state.relay.send(name, payload, placed_options);
    if (sent.ok() || sent.error().code != "overloaded") return sent;
    const auto room = std::make_shared<bool>(false);
    if (!state.relay.when_there_is_room([room] { *room = true; })) return sent;
    if (auto polled = poll_until([&] { return *room; }); !polled.ok()) return polled;
  }
}

Result<Answer> Script::ask(std::string_view name, const Value& payload, SendOptions options) {
  return state_->relay.ask(name, payload, placed(std::move(options)));
}

PageStream Script::pages(std::string_view name, const Value& payload, SendOptions options) {
  struct Stream {
    std::deque<Value::List> arrived;
    std::optional<Error> error;
    bool ended = false;
    Request request;
    ~Stream() { request.cancel(); }
  };
  const auto stream = std::make_shared<Stream>();
  const auto take = [weak = std::weak_ptr(stream)](Result<Answer> answer) {
    const auto into = weak.lock();
    if (into == nullptr) return;
    into->ended = !answer.ok() || !answer.value().more;
    if (!answer.ok()) {
      into->error = answer.error();
    } else if (Value::List* page = answer.value().payload.list()) {
      into->arrived.push_back(std::move(*page));
    } else {
      into->error = Error{"malformed", "a page of the reply `" + answer.value().name + "` is not a list"};
    }
  };
  auto asked = state_->relay.request(name, payload,
                                     {.send = placed(std::move(options)), .pages = Pages::kOnDemand}, take);
  if (asked.ok()) {
    stream->request = asked.value();
  } else {
    stream->error = asked.error();
  }
  return PageStream([this, stream]() -> Result<std::optional<Value::List>> {
    const auto is_there = [&] { return !stream->arrived.empty() || stream->ended || stream->error; };
    if (auto polled = poll_until(is_there); !polled.ok()) return polled.error();
    if (!stream->arrived.empty()) {
      Value::List page = std::move(stream->arrived.front());
      stream->arrived.pop_front();
      stream->request.go_on();
      return std::optional(std::move(page));
    }
    if (stream->error) return *stream->error;
    return std::optional<Value::List>();
  });
}

void Script::progress(double done, double total, std::string_view note) {
  Value::Map payload{{"done", done}};
  if (total > 0) payload.emplace_back("total", total);
  if (!note.empty()) payload.emplace_back("note", note);
  (void)state_->relay.send(own_name("progress"), payload, placed({}));
}

Result<void> Script::checkpoint(const Value& value) {
  const auto outcome = std::make_shared<std::optional<Result<void>>>();
  const auto take = [outcome](const Result<Answer>& answer) {
    *outcome = answer.ok() ? Result<void>() : Result<void>(answer.error());
  };
  const auto asked = state_->relay.request(own_name("checkpoint"), value, {.send = placed({})}, take);
  if (!asked.ok()) return asked.error();
  if (auto polled = poll_until([&] { return outcome->has_value(); }); !polled.ok()) return polled;
  return **outcome;
}

Result<void> Script::follow(const std::vector<std::string>& commands) {
  const Value::List names(commands.begin(), commands.end());
  const auto followed = ask(own_name("follow"), Value::map({{"commands", names}}));
  return followed.ok() ? Result<void>() : followed.error();
}

Result<Lock> Script::lock(const std::string& key, const LockOptions& options) {
  const auto outcome = std::make_shared<std::optional<Result<Lock>>>();
  const auto asked =
      state_->relay.lock(key, options, [outcome](Result<Lock> lock) { outcome->emplace(std::move(lock)); });
  if (!asked.ok()) return asked.error();
  if (auto polled = poll_until([&] { return outcome->has_value(); }); !polled.ok()) return polled.error();
  return std::move(**outcome);
}

Result<std::uint64_t> Script::each(const PageStream& pages, EachOptions options, const RecordAct& act) {
  return each(RecordPages(pages), std::move(options), act);
}

Result<std::uint64_t> Script::each(const RecordPages& pages, EachOptions options, const RecordAct& act) {
  // What is sent leaves while the stream goes on, not at the next checkpoint only.
  const RecordAct act_and_work = [&](const Value& record) -> Result<void> {
    if (auto acted = act(record); !acted.ok()) return acted;
    return state_->relay.poll(milliseconds(0));
  };
  return relaying::Each(*state_, std::move(options)).run(pages, act_and_work);
}

Result<void> Script::poll_until(const std::function<bool()>& is_so) {
  while (!is_so()) {
    if (auto polled = state_->relay.poll(kLongWait); !polled.ok()) return polled;
    if (state_->relay.closed() && !is_so()) return Error{"closed", "the relay was closed"};
  }
  return {};
}

SendOptions Script::placed(SendOptions options) const {
  if (options.activity_id.empty()) options.activity_id = state_->activity;
  return options;
}

std::string Script::own_name(std::string_view word) const {
  return state_->role + "-" + state_->phase + "-" + std::string(word);
}

}  // namespace exo

// The conformance driver of the C++ relay: joins the bus that its environment names, with the handlers that
// the README beside this folder describes.
#include "bus/relays/cpp/relay.h"

#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

std::string text_of(const Value& value) {
  const std::string* text = value.string();
  return text == nullptr ? std::string() : *text;
}

std::string text_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value == nullptr ? std::string() : text_of(*value);
}

std::uint64_t number_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value == nullptr ? 0 : value->unsigned_integer().value_or(0);
}

ContentType content_type_at(const Value& map) {
  const std::string name = text_at(map, "contentType");
  if (name == "json") return ContentType::kJson;
  return name == "raw" ? ContentType::kRaw : ContentType::kMsgpack;
}

Value failure(const Error& error) {
  return Value::map({{"code", error.code}, {"reason", error.message}});
}

Value answer(const Answer& answer) {
  Value::Map about = {{"reply", answer.name}, {"sender", answer.sender}, {"payload", answer.payload}};
  if (!answer.sender_version.empty()) about.emplace_back("version", answer.sender_version);
  return about;
}

Value seen(const Command& command) {
  Value::Map about = {{"name", command.name},
                      {"id", command.id},
                      {"activityId", command.activity_id},
                      {"sender", command.sender},
                      {"redelivered", command.redelivered},
                      {"expects", to_string(command.expects)},
                      {"payload", command.payload}};
  if (!command.sender_version.empty()) about.emplace_back("version", command.sender_version);
  if (command.timeout_ms) about.emplace_back("timeoutMs", *command.timeout_ms);
  return about;
}

// What a case asks the relay to send, and what has become of it. For the relay's thread.
class Driver {
 public:
  explicit Driver(RelayOptions options) : relay_(std::move(options)) {
    relay_.handle("echo", [](const Command& command, Reply reply) { reply.send("echoed", command.payload); });
    relay_.handle("seen", [](const Command& command, Reply reply) { reply.send("seen", seen(command)); });
    relay_.handle("fail", [](const Command& command, Reply reply) { reply.error(text_of(command.payload)); });
    relay_.handle("throw", [](const Command& command, const Reply&) {
      throw std::runtime_error(text_of(command.payload));
    });
    relay_.handle("pages", [](const Command& command, Reply reply) { send_pages(command, reply); });
    relay_.handle("many", [](const Command& command, Reply reply) { send_many(command, reply); });
    relay_.handle("inflate", [](const Command& command, Reply reply) {
      reply.send("inflated",
                 Value(std::string(static_cast<std::size_t>(command.payload.integer().value_or(0)), 'x')));
    });
    relay_.handle("hold", [this](const Command& command, Reply reply) {
      held_.emplace(text_of(command.payload), std::move(reply));
    });
    relay_.handle("release",
                  [this](const Command& command, const Reply&) { release(text_of(command.payload)); });
    relay_.handle("send", [this](const Command& command, const Reply&) { send(command.payload); });
    relay_.handle("ask",
                  [this](const Command& command, const Reply&) { ask(command.payload, Expects::kOne); });
    relay_.handle("ask-many",
                  [this](const Command& command, const Reply&) { ask(command.payload, Expects::kMany); });
    relay_.handle("outcome", [this](const Command& command, Reply reply) {
      tell(text_of(command.payload), std::move(reply));
    });
    relay_.handle("cancel", [this](const Command& command, const Reply&) {
      asked_[text_of(command.payload)].cancel();
    });
    relay_.handle("await-cancel", [this](const Command& command, Reply reply) {
      await_cancel(text_of(command.payload), std::move(reply));
    });
    relay_.handle("count", [this](const Command& command, Reply reply) {
      reply.send("counted", Value(++counts_[text_of(command.payload)]));
    });
    relay_.handle("lock", [this](const Command& command, const Reply&) { lock(command.payload); });
    relay_.handle("unlock", [this](const Command& command, const Reply&) {
      locks_[text_of(command.payload)].release();
    });
    relay_.handle("has-lock", [this](const Command& command, Reply reply) {
      const std::string label = text_of(command.payload);
      const auto lost = lost_.find(label);
      reply.send("lock", lost == lost_.end() ? Value(locks_[label].held()) : Value(lost->second));
    });
    relay_.handle("unheard", [this](const Command&, Reply reply) { reply.send("unheard", unheard_); });
    relay_.on_unhandled_error([this](std::string_view name, const Error& error) {
      if (!name.empty()) unheard_.push_back(Value::map({{"name", name}, {"code", error.code}}));
    });
    relay_.handle("close", [this](const Command&, const Reply&) { relay_.close(); });
  }

  Result<void> run() { return relay_.run_until_signal(); }

 private:
  static void send_pages(const Command& command, Reply& reply) {
    const std::uint64_t count = number_at(command.payload, "count");
    reply.stream("paged", [next = std::uint64_t{0}, count]() mutable -> Result<Page> {
      const std::uint64_t page = next++;
      return Page{.items = {Value(page)}, .more = next < count};
    });
  }

  static void send_many(const Command& command, Reply& reply) {
    const std::uint64_t count = number_at(command.payload, "count");
    for (std::uint64_t i = 0; i + 1 < count; ++i) EXO_CHECK(reply.send_more("one-of-many", Value(i)).ok());
    reply.send("one-of-many", Value(count - 1));
  }

  void release(const std::string& key) {
    const auto found = held_.find(key);
    if (found == held_.end()) return;
    found->second.send("held", Value(key));
    held_.erase(found);
  }

  void await_cancel(const std::string& key, Reply reply) {
    Reply& kept = held_.insert_or_assign(key, std::move(reply)).first->second;
    kept.on_cancelled([this, key] {
      const auto sent = relay_.send("was-cancelled", Value(key));
      if (!sent.ok()) note(key, failure(sent.error()));
      held_.erase(key);
    });
  }

  // The value that a case wants sent: `payload`, or a text of `fill` letters.
  static Value payload_of(const Value& wanted) {
    if (const std::uint64_t fill = number_at(wanted, "fill")) return Value(std::string(fill, 'x'));
    const Value* payload = wanted.find("payload");
    return payload == nullptr ? Value() : *payload;
  }

  static SendOptions options_of(const Value& wanted) {
    SendOptions options;
    options.version = text_at(wanted, "version");
    options.content_type = content_type_at(wanted);
    options.timeout = std::chrono::milliseconds(number_at(wanted, "timeoutMs"));
    return options;
  }

  void send(const Value& wanted) {
    const std::string label = text_at(wanted, "label");
    const auto settled = [this, label](const Result<void>& outcome) {
      note(label, outcome.ok() ? Value::map({{"sent", true}}) : failure_of(label, outcome.error()));
    };
    const auto sent = relay_.send(text_at(wanted, "name"), payload_of(wanted), options_of(wanted), settled);
    if (!sent.ok()) return note(label, failure(sent.error()));
    ids_[label] = relay_.last_id();
  }

  Value failure_of(const std::string& label, const Error& error) const {
    return Value::map({{"code", error.code}, {"reason", error.message}, {"id", ids_.at(label)}});
  }

  void ask(const Value& wanted, Expects expects) {
    const std::string label = text_at(wanted, "label");
    const RequestOptions options{.send = options_of(wanted), .expects = expects};
    const auto take = [this, label, expects](const Result<Answer>& outcome) {
      if (!outcome.ok()) return note(label, failure_of(label, outcome.error()));
      if (expects == Expects::kOne) return note(label, answer(outcome.value()));
      Value::List& replies = replies_[label];
      replies.push_back(outcome.value().payload);
      if (!outcome.value().more) note(label, Value::map({{"replies", replies}}));
    };
    const auto asked = relay_.request(text_at(wanted, "name"), payload_of(wanted), options, take);
    if (!asked.ok()) return note(label, failure(asked.error()));
    asked_[label] = asked.value();
    ids_[label] = relay_.last_id();
  }

  void lock(const Value& wanted) {
    const std::string label = text_at(wanted, "label");
    const std::string key = text_at(wanted, "key");
    const auto take = [this, label, key](Result<Lock> outcome) {
      if (!outcome.ok()) return note(label, failure(outcome.error()));
      Lock& taken = locks_[label] = std::move(outcome).value();
      taken.on_lost([this, label](const Error& error) { lost_[label] = error.code; });
      note(label, Value::map({{"key", taken.key()}, {"number", taken.number()}}));
    };
    const LockOptions options{.timeout = std::chrono::milliseconds(number_at(wanted, "timeoutMs"))};
    const auto asked = relay_.lock(key, options, take);
    if (!asked.ok()) return note(label, failure(asked.error()));
    asked_[label] = asked.value();
  }

  void note(const std::string& label, Value outcome) {
    outcomes_.insert_or_assign(label, std::move(outcome));
    const auto waiting = waiting_.find(label);
    if (waiting == waiting_.end()) return;
    waiting->second.send("outcome", outcomes_.at(label));
    waiting_.erase(waiting);
  }

  void tell(const std::string& label, Reply reply) {
    const auto known = outcomes_.find(label);
    if (known == outcomes_.end()) {
      waiting_.insert_or_assign(label, std::move(reply));
    } else {
      reply.send("outcome", known->second);
    }
  }

  Relay relay_;
  std::map<std::string, Request> asked_;
  std::map<std::string, std::string> ids_;  // of the command that was sent under this label
  std::map<std::string, std::uint64_t> counts_;
  std::map<std::string, Lock> locks_;
  std::map<std::string, std::string> lost_;  // the code with which the lock of this label was lost
  Value::List unheard_;
  std::map<std::string, Reply> held_;
  std::map<std::string, Reply> waiting_;  // for the outcome of this label
  std::map<std::string, Value> outcomes_;
  std::map<std::string, Value::List> replies_;
};

int complain(const Error& error) {
  std::fprintf(stderr, "conformance_relay: %s (%s)\n", error.message.c_str(), error.code.c_str());
  return 1;
}

int run() {
  auto options = RelayOptions::from_environment();
  if (!options.ok()) return complain(options.error());
  Driver driver(std::move(options).value());
  const auto outcome = driver.run();
  return outcome.ok() ? 0 : complain(outcome.error());
}

}  // namespace
}  // namespace exo

int main() {
  try {
    return exo::run();
  } catch (const std::exception& broken) {
    return exo::complain(exo::Error{"broken", broken.what()});
  }
}

#include "host/operator_message.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "bus/relays/cpp/value_json.h"
#include "host/host_line.h"
#include "services/application.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds kLookAtLeast{1};

// What a person can do about an error of the bus.
Error with_advice(Error error, const OperatorMessage& message) {
  if (error.code == "expired" && message.wants == OperatorMessage::Wants::kAnswers) {
    error.message += "; --timeout gives it longer, --no-answer sends what nobody answers";
  }
  return error;
}

RequestOptions request_options(const OperatorMessage& message) {
  RequestOptions options;
  options.send.version = message.version;
  options.send.activity_id = message.activity;
  options.send.timeout = message.timeout;
  options.expects = Expects::kMany;
  options.pages = Pages::kEach;
  return options;
}

std::string text_at(const Value& map, std::string_view key) {
  const Value* found = map.find(key);
  const std::string* text = found == nullptr ? nullptr : found->string();
  return text == nullptr ? std::string() : *text;
}

// What a version has answered, out of the host's envelope.
Answer unwrapped(const Answer& envelope) {
  const Value* payload = envelope.payload.find("payload");
  return {.name = text_at(envelope.payload, "name"),
          .sender = text_at(envelope.payload, "sender"),
          .sender_version = text_at(envelope.payload, "version"),
          .payload = payload == nullptr ? Value() : *payload,
          .more = envelope.more};
}

// The host takes it past the gate, and says when it has done so where no answer is wanted.
OperatorMessage in_envelope(const OperatorMessage& message) {
  const bool wants_answers = message.wants == OperatorMessage::Wants::kAnswers;
  OperatorMessage envelope{.name = "exo.send-held", .activity = message.activity, .timeout = message.timeout};
  envelope.payload = Value::map({{"name", message.name},
                                 {"version", message.version},
                                 {"payload", message.payload},
                                 {"wants", wants_answers ? "answers" : "acceptance"}});
  return envelope;
}

Result<void> send_over(HostLine& line, const OperatorMessage& message,
                       const std::function<bool(const Answer&)>& take) {
  Relay& relay = line.relay();
  std::optional<Result<void>> outcome;
  const RequestOptions options = request_options(message);
  const auto settled = [&](Result<void> result) { outcome = std::move(result); };
  const auto answered = [&](Result<Answer> answer) {
    if (outcome) return;  // whoever takes the answers has seen enough
    if (!answer) {
      outcome = Result<void>(answer.error());
    } else if (!take(answer.value()) || !answer.value().more) {
      outcome = Result<void>();
    }
  };
  if (message.wants == OperatorMessage::Wants::kAcceptance) {
    if (const auto sent = relay.send(message.name, message.payload, options.send, settled); !sent)
      return sent;
  } else if (const auto asked = relay.request(message.name, message.payload, options, answered); !asked) {
    return asked.error();
  }
  while (!outcome) {
    if (const auto polled = relay.poll(kLookAtLeast); !polled) return polled.error();
  }
  return *outcome;
}

Result<void> send_by_gate(HostLine& line, const OperatorMessage& message,
                          const std::function<bool(const Answer&)>& take) {
  if (message.gate == OperatorMessage::Gate::kObeyed) return send_over(line, message, take);
  const bool wants_answers = message.wants == OperatorMessage::Wants::kAnswers;
  return send_over(line, in_envelope(message),
                   [&](const Answer& envelope) { return !wants_answers || take(unwrapped(envelope)); });
}

}  // namespace

std::vector<std::string> receivable_names(const std::filesystem::path& application) {
  std::vector<std::string> names;
  const LoadedApplication loaded = load_application(application.string());
  if (!loaded.application) return names;
  for (const Role& role : loaded.application->roles) {
    for (const ServiceVersion& version : role.versions) {
      for (const std::string& name : version.receives) {
        std::string public_name = name;
        for (const MessageTranslation& translation : version.translations) {
          if (translation.internal_name == name) public_name = translation.public_name;
        }
        names.push_back(std::move(public_name));
      }
    }
  }
  return names;
}

Result<void> send_as_operator(const StateFolder& state, const OperatorMessage& message,
                              const std::function<bool(const Answer&)>& take) {
  const auto line = HostLine::connect_to_running(state, "nobody would get the message");
  if (!line) return line.error();
  const auto sent = send_by_gate(*line.value(), message, take);
  return sent ? sent : with_advice(sent.error(), message);
}

Result<void> send_as_operator(const RemoteBus& bus, const OperatorMessage& message,
                              const std::function<bool(const Answer&)>& take) {
  const auto line = HostLine::connect(bus);
  if (!line) return line.error();
  const auto sent = send_by_gate(*line.value(), message, take);
  return sent ? sent : with_advice(sent.error(), message);
}

std::string to_json_line(const Answer& answer) {
  const Json head{{"name", answer.name},
                  {"sender", answer.sender},
                  {"version", answer.sender_version.empty() ? Json(nullptr) : Json(answer.sender_version)}};
  std::string text = head.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();  // the payload goes in as the text that it is, so that none of its numbers is changed
  return text + ",\"payload\":" + value_to_json(answer.payload) + "}";
}

std::string introduction_of(const Answer& answer) {
  const std::string version = answer.sender_version.empty() ? "" : "@" + answer.sender_version;
  return answer.sender + version + " --[ " + answer.name + " ]-> exo-operator";
}

std::string payload_lines(const Answer& answer) {
  const Value& payload = answer.payload;
  if (payload.is_nil()) return "";
  if (const Value::List* list = payload.list()) {
    std::string text;
    for (const Value& element : *list) text += value_to_json(element) + "\n";
    return text;
  }
  const Json json = Json::parse(value_to_json(payload), nullptr, false);
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace exo

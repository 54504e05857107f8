#include "host/script_message.h"

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "base/check.h"
#include "bus/wire/tokens.h"
#include "deployment-scripts/script_message.h"
#include "host/routing_plan.h"

namespace exo {
namespace {

using Json = nlohmann::json;

std::string to_text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_hexadecimal(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char character : bytes) {
    const auto byte = static_cast<unsigned char>(character);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

// nlohmann's readers recurse, and so do its writers: what is nested deeper than this is refused before them.
constexpr std::size_t kNestingLimit = 64;

bool json_is_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char character = text[i];
    if (in_string) {
      if (character == '\\') ++i;
      if (character == '"') in_string = false;
    } else if (character == '"') {
      in_string = true;
    } else if (character == '[' || character == '{') {
      if (++depth > kNestingLimit) return true;
    } else if ((character == ']' || character == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

Result<void> check_msgpack(std::string_view text) {
  std::vector<Token> tokens;
  return read_tokens(std::as_bytes(std::span(text)), {.nesting = kNestingLimit}, tokens);
}

// A binary value of msgpack has no JSON form; nlohmann would write an object that nobody expects.
void replace_binary(Json& json) {
  if (json.is_binary()) {
    const auto& bytes = json.get_binary();
    json = to_hexadecimal(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  } else if (json.is_structured()) {
    for (Json& child : json) replace_binary(child);
  }
}

Result<Json> read_payload(const Payload& payload, ContentType type) {
  const std::string_view text = payload.text();
  if (text.empty()) return Json(nullptr);
  switch (type) {
    case ContentType::kRaw:
      return Json(to_hexadecimal(text));
    case ContentType::kJson: {
      if (json_is_too_deep(text)) return Error{"malformed", "the payload is nested more than 64 deep"};
      Json json = Json::parse(text, nullptr, false);
      if (json.is_discarded()) return Error{"malformed", "the payload says that it is JSON, and is not"};
      return json;
    }
    case ContentType::kMsgpack: {
      if (const auto sound = check_msgpack(text); !sound) return sound.error();
      Json json = Json::from_msgpack(text, true, false);
      if (json.is_discarded()) return Error{"malformed", "the payload says that it is msgpack, and is not"};
      replace_binary(json);
      return json;
    }
  }
  EXO_CHECK(false);
}

double number_of(const Json& json, const char* key) {
  if (!json.is_object()) return 0;
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

std::string text_of(const Json& json, const char* key) {
  if (!json.is_object()) return "";
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string reason_of(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  std::string reason = text_of(json, "reason");
  if (!reason.empty()) return reason;
  return json.is_null() ? "the script gave no reason" : to_text_of(json);
}

bool says(const Json& json, const char* key, bool value) {
  if (!json.is_object()) return false;
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && found->get<bool>() == value;
}

rollout::ScriptSaidFailed read_failed(const rollout::AttemptId& attempt, const Json& json) {
  using Failed = rollout::ScriptSaidFailed;
  return {.id = attempt,
          .reason = reason_of(json),
          .retry = says(json, "retry", false) ? Failed::Retry::kNever : Failed::Retry::kAsDeclared,
          .checkpoint =
              says(json, "voidsCheckpoint", true) ? Failed::Checkpoint::kVoid : Failed::Checkpoint::kKept};
}

Result<std::optional<rollout::Input>> read_follow(const Json& json, const MessageToExo& message,
                                                  const rollout::AttemptKey& attempt) {
  if (attempt.phase != Phase::kOffline) {
    return Error{"malformed",
                 "only the offline phase follows commands, since after it the version gets them"};
  }
  rollout::ScriptSaidFollow said{
      .id = attempt.id, .commands = {}, .message_id = message.expects == Expects::kNone ? "" : message.id};
  const Json commands = json.is_object() ? json.value("commands", Json()) : Json();
  for (const Json& command : commands) {
    if (!command.is_string()) break;
    said.commands.push_back(command.get<std::string>());
  }
  if (!commands.is_array() || commands.empty() || said.commands.size() != commands.size()) {
    return Error{"malformed",
                 "expected {commands: [\"todo-search.add\", …]}, the public names of what to follow"};
  }
  return std::optional<rollout::Input>{std::move(said)};
}

}  // namespace

Result<std::string> payload_to_json(const Payload& payload, ContentType type) {
  auto json = read_payload(payload, type);
  if (!json) return json.error();
  return to_text_of(json.value());
}

Payload json_to_payload(const std::string& json) {
  const Json value = Json::parse(json);
  const std::vector<std::uint8_t> bytes = Json::to_msgpack(value);
  return Payload(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Result<std::optional<rollout::Input>> read_script_message(const MessageToExo& message,
                                                          const rollout::AttemptKey& attempt) {
  using Outcome = std::optional<rollout::Input>;
  if (message.kind == Kind::kError) {
    const bool is_start = message.response_to == start_message_id(attempt.id);
    if (!is_start) return Outcome{};
    return Outcome{rollout::ScriptSaidFailed{attempt.id, message.code + ": " + message.reason}};
  }
  const auto name = parse_script_message_name(attempt.version, message.name);
  if (!name || name->phase != attempt.phase) return Outcome{};
  const auto payload = read_payload(message.payload, message.content_type);
  if (!payload) return payload.error();
  const Json& json = payload.value();
  switch (name->word) {
    case ScriptWord::kDone:
      return Outcome{rollout::ScriptSaidDone{attempt.id, message.failed_messages, message.handled_errors}};
    case ScriptWord::kFailed:
      return Outcome{read_failed(attempt.id, json)};
    case ScriptWord::kProgress:
      return Outcome{rollout::ScriptSaidProgress{attempt.id, number_of(json, "done"),
                                                 number_of(json, "total"), text_of(json, "note")}};
    case ScriptWord::kCheckpoint:
      return Outcome{rollout::ScriptSaidCheckpoint{attempt.id, to_text_of(json),
                                                   message.expects == Expects::kNone ? "" : message.id,
                                                   message.failed_messages, message.handled_errors}};
    case ScriptWord::kFollow:
      return read_follow(json, message, attempt);
    case ScriptWord::kStart:
    case ScriptWord::kCheckpointed:
    case ScriptWord::kFollowed:
      return Outcome{};
  }
  EXO_CHECK(false);
}

std::string start_message_id(const rollout::AttemptId& attempt) {
  return "start-" + activity_of(attempt);
}

ExoMessage make_start_message(const rollout::SendStart& start, const std::string& instance) {
  Json payload{{"run", start.key.id.run},
               {"attempt", start.key.id.attempt},
               {"generation", start.key.generation},
               {"environment", start.environment},
               {"role", start.key.version.role},
               {"version", start.key.version.version},
               {"phase", std::string(to_string(start.key.phase))},
               {"checkpoint", nullptr},
               {"dryRun", start.key.is_dry_run()}};
  if (start.checkpoint) payload["checkpoint"] = Json::parse(*start.checkpoint, nullptr, false);
  ExoMessage message;
  message.kind = Kind::kCommand;
  message.instance = instance;
  message.name = script_message_name(start.key.version, start.key.phase, ScriptWord::kStart);
  message.id = start_message_id(start.key.id);
  message.activity_id = activity_of(start.key.id);
  message.expects = Expects::kMany;
  message.payload = json_to_payload(to_text_of(payload));
  return message;
}

}  // namespace exo

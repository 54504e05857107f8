#include "host/held_messages.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/semantic_version.h"
#include "host/script_message.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kIdPrefix = "held-";

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string public_name_of(const ServiceVersion& service, const std::string& internal_name) {
  for (const MessageTranslation& translation : service.translations) {
    if (translation.internal_name == internal_name) return translation.public_name;
  }
  return internal_name;
}

// Empty: the version does not receive it.
std::string internal_name_of(const ServiceVersion& service, std::string_view name) {
  for (const std::string& internal_name : service.receives) {
    if (public_name_of(service, internal_name) == name) return internal_name;
  }
  return "";
}

// Of an id that begins as it must; 0: none.
std::uint64_t number_in(const std::string& id) {
  std::uint64_t number = 0;
  std::from_chars(id.data() + kIdPrefix.size(), id.data() + id.size(), number);
  return number;
}

std::string list_of(const std::vector<HeldReceiver>& receivers) {
  std::string list;
  for (const HeldReceiver& each : receivers) list += (list.empty() ? "" : " and ") + to_text(each.version);
  return list;
}

// Those of one public name.
struct Receivers {
  std::vector<HeldReceiver> held;
  std::vector<HeldReceiver> open;
  std::vector<HeldReceiver> unwanted;  // out of the range
};

Error no_single_one(const Receivers& receivers, const std::string& name, const std::string& range) {
  if (!receivers.held.empty())
    return Error{"ambiguous", list_of(receivers.held) + " are held and receive it: say which with --version"};
  if (!receivers.open.empty())
    return Error{"not-held", list_of(receivers.open) + " would receive " + name +
                                 " through an open gate: send it without --held"};
  if (!receivers.unwanted.empty())
    return Error{"unknown-version", "no version that receives " + name + " satisfies " + range};
  return Error{"no-receiver", "no service receives " + name};
}

}  // namespace

struct HeldMessages::Request {
  std::string name;
  std::string range;
  std::string payload;  // JSON
  bool wants_answers = true;
};

Result<HeldReceiver> find_held_receiver(const Application& application,
                                        const std::vector<VersionStatus>& versions, std::string_view name,
                                        const std::string& range) {
  std::optional<VersionRange> wanted;
  if (!range.empty()) {
    auto parsed = VersionRange::parse(range);
    if (!parsed) return Error{"unknown-version", parsed.error().message};
    wanted = std::move(parsed).value();
  }
  Receivers receivers;
  for (const VersionStatus& version : versions) {
    const ServiceVersion* service = application.find_version(version.key.role, version.key.version);
    std::string internal_name = service == nullptr ? "" : internal_name_of(*service, name);
    if (internal_name.empty()) continue;
    const bool is_wanted = !wanted || wanted->contains(service->version);
    auto& list = !is_wanted                         ? receivers.unwanted
                 : version.gate == GateState::kHeld ? receivers.held
                                                    : receivers.open;
    list.push_back({.version = version.key, .internal_name = std::move(internal_name)});
  }
  if (receivers.held.size() == 1) return receivers.held.front();
  return no_single_one(receivers, "\"" + std::string(name) + "\"", range);
}

void HeldMessages::send(const MessageToExo& command) {
  const auto request = read(command);
  const auto sent = request ? send(command, request.value()) : Result<void>(request.error());
  const Asker asker{.instance = command.instance, .id = command.id, .activity = {}, .receiver = {}};
  if (!sent) refuse(asker, command.name, sent.error());
}

Result<HeldMessages::Request> HeldMessages::read(const MessageToExo& command) {
  const auto text = payload_to_json(command.payload, command.content_type);
  if (!text) return text.error();
  const Json json = Json::parse(text.value(), nullptr, false);
  const auto has_text = [&](const char* key) { return json.contains(key) && json[key].is_string(); };
  if (!json.is_object() || !has_text("name") || !has_text("version") || !has_text("wants") ||
      !json.contains("payload")) {
    return Error{"malformed", "exo.send-held wants {name, version, payload, wants}"};
  }
  return Request{.name = json["name"],
                 .range = json["version"],
                 .payload = dump(json["payload"]),
                 .wants_answers = json["wants"] == "answers"};
}

Result<void> HeldMessages::send(const MessageToExo& command, const Request& request) {
  if (!parts_.allowed) return Error{"not-allowed", "exo-operator may not send in this environment"};
  const auto receiver =
      find_held_receiver(parts_.application, parts_.versions(), request.name, request.range);
  if (!receiver) return receiver.error();
  const VersionKey& version = receiver.value().version;
  const auto instance = ready_instance(version);
  if (!instance) return instance.error();
  if (const auto recorded = record(command, request, version); !recorded) return recorded;
  pass(command, request, receiver.value(), instance.value());
  return {};
}

void HeldMessages::pass(const MessageToExo& command, const Request& request, const HeldReceiver& receiver,
                        const std::string& instance) {
  if (askers_.size() >= kHeldMessagesUnderWay) askers_.erase(askers_.begin());
  const Asker asker{.instance = command.instance,
                    .id = command.id,
                    .activity = command.activity_id,
                    .receiver = receiver.version};
  parts_.broker.send({.kind = Kind::kCommand,
                      .instance = instance,
                      .name = receiver.internal_name,
                      .id = std::string(kIdPrefix) + std::to_string(++sent_),
                      .activity_id = command.activity_id,
                      .expects = request.wants_answers ? Expects::kMany : Expects::kNone,
                      .content_type = ContentType::kJson,
                      .payload = Payload(std::string_view(request.payload))});
  if (request.wants_answers) {
    askers_.emplace(sent_, asker);
  } else {
    reply(asker, R"({"name":null,"sender":null,"version":null,"payload":null})", false);
  }
}

Result<std::string> HeldMessages::ready_instance(const VersionKey& version) const {
  for (const InstanceReport& instance : parts_.instances(version)) {
    if (instance.state == "ready") return instance.id;
  }
  return Error{"not-ready", "no instance of " + to_text(version) + " is ready; see \"exo status\""};
}

Result<void> HeldMessages::record(const MessageToExo& command, const Request& request,
                                  const VersionKey& version) {
  LedgerEvent event;
  event.type = event_type::kMessagePastGate;
  event.role = version.role;
  event.version = version.version;
  event.details =
      nlohmann::json{{"name", request.name}, {"activity", command.activity_id}, {"sender", command.instance}}
          .dump();
  return parts_.record(std::move(event));
}

bool HeldMessages::take(const MessageToExo& message) {
  if (message.kind == Kind::kCommand) {
    const bool is_mine = message.peer == PeerKind::kOperator && message.name == "exo.send-held";
    if (is_mine) send(message);
    return is_mine;
  }
  if (!std::string_view(message.response_to).starts_with(kIdPrefix)) return false;
  const auto asker = askers_.find(number_in(message.response_to));
  if (asker == askers_.end()) return true;  // it has given way
  hand_on(message, asker->second);
  if (message.kind == Kind::kError || !message.more) askers_.erase(asker);
  return true;
}

void HeldMessages::hand_on(const MessageToExo& answer, Asker& asker) {
  const std::string name = public_name(asker.receiver, answer.name);
  if (answer.kind == Kind::kError) return refuse(asker, name, Error{answer.code, answer.reason});
  const auto payload = payload_to_json(answer.payload, answer.content_type);
  if (!payload) return refuse(asker, name, payload.error());
  std::string text =
      dump(Json{{"name", name}, {"sender", asker.receiver.role}, {"version", asker.receiver.version}});
  text.pop_back();  // the payload goes in as the text that it is, so that none of its numbers is changed
  reply(asker, text + ",\"payload\":" + payload.value() + "}", answer.more);
  ++asker.pages;
}

void HeldMessages::reply(const Asker& asker, const std::string& json, bool more) {
  parts_.broker.send({.kind = Kind::kReply,
                      .instance = asker.instance,
                      .name = "exo.held-answer",
                      .response_to = asker.id,
                      .activity_id = asker.activity,
                      .content_type = ContentType::kJson,
                      .more = more,
                      .page = asker.pages,
                      .payload = Payload(std::string_view(json))});
}

void HeldMessages::refuse(const Asker& asker, const std::string& name, const Error& error) {
  parts_.broker.send({.kind = Kind::kError,
                      .instance = asker.instance,
                      .name = name,
                      .response_to = asker.id,
                      .code = error.code,
                      .reason = error.message});
}

std::string HeldMessages::public_name(const VersionKey& version, const std::string& internal_name) const {
  const ServiceVersion* service = parts_.application.find_version(version.role, version.version);
  return service == nullptr ? internal_name : public_name_of(*service, internal_name);
}

}  // namespace exo

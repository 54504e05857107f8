#include "host/tapped_message.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "bus/wire/header.h"
#include "host/script_message.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

std::string text_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value && value->string() ? *value->string() : std::string();
}

std::uint64_t number_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value ? value->unsigned_integer().value_or(0) : 0;
}

bool flag_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value && value->flag().value_or(false);
}

ContentType content_type_of(const Value& message) {
  const std::string type = text_at(message, "contentType");
  for (const ContentType known : {ContentType::kJson, ContentType::kRaw}) {
    if (type == to_string(known)) return known;
  }
  return ContentType::kMsgpack;
}

// As JSON, or what is known of it. Empty where it was not asked for.
std::string payload_of(const Value& message) {
  const Value* payload = message.find("payload");
  if (!payload || !payload->binary()) return {};
  const auto json =
      payload_to_json(Payload(std::string_view(payload->binary()->bytes)), content_type_of(message));
  return json ? json.value()
              : Json(json.error().message).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string flow_of(const Value& message) {
  const std::string name = printable(text_at(message, "name"), kNameLimitBytes);
  const std::string own = printable(text_at(message, "receiverName"), kNameLimitBytes);
  const std::string receiver = text_at(message, "receiver");
  return render_flow(text_at(message, "sender"), name, own.empty() ? name : own,
                     receiver.empty() ? "(nobody)" : receiver);
}

// What else there is to say, in brackets behind the flow.
std::string details_of(const Value& message) {
  std::vector<std::string> details;
  const auto add = [&](const char* label, const char* key) {
    if (std::string text = text_at(message, key); !text.empty()) details.push_back(label + std::move(text));
  };
  add("id ", "id");
  add(text_at(message, "kind") == "reply" ? "answers " : "of ", "responseTo");
  add("activity ", "activityId");
  const std::uint64_t page = number_at(message, "page");
  if (page > 0 || flag_at(message, "more")) details.push_back("page " + std::to_string(page));
  if (flag_at(message, "redelivered")) details.emplace_back("redelivered");
  return join(details, ", ");
}

std::string time_of_day(const Value& message) {
  const std::string time = to_rfc3339(UnixTime{number_at(message, "at")});
  constexpr std::size_t kDate = std::string_view("2026-11-20T").size();
  return time.substr(kDate, time.size() - kDate - 1);
}

}  // namespace

std::string tapped_to_json_line(const Value& message) {
  constexpr std::array<std::pair<const char*, const char*>, 12> kTexts{
      {{"kind", "kind"},
       {"sender", "sender"},
       {"sender_version", "senderVersion"},
       {"name", "name"},
       {"receiver_name", "receiverName"},
       {"receiver", "receiver"},
       {"receiver_version", "receiverVersion"},
       {"id", "id"},
       {"response_to", "responseTo"},
       {"activity", "activityId"},
       {"code", "code"},
       {"reason", "reason"}}};
  Json json{{"at", to_rfc3339(UnixTime{number_at(message, "at")})}};
  for (const auto& [key, sent] : kTexts) {
    if (std::string text = text_at(message, sent); !text.empty()) json[key] = std::move(text);
  }
  for (const char* flag : {"redelivered", "more"}) {
    if (flag_at(message, flag)) json[flag] = true;
  }
  if (const std::uint64_t page = number_at(message, "page"); page > 0) json["page"] = page;
  if (message.find("payloadBytes")) json["payload_bytes"] = number_at(message, "payloadBytes");
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string payload = payload_of(message);
  if (payload.empty()) return text + "\n";
  text.pop_back();  // the payload goes in as the text that it is, so that none of its numbers is changed
  return text + ",\"payload\":" + payload + "}\n";
}

std::string tapped_to_lines(const Value& message, std::size_t width) {
  std::string text = time_of_day(message) + "  " + flow_of(message);
  if (const std::string code = text_at(message, "code"); !code.empty()) {
    text += "  " + printable(code, kNameLimitBytes) + ": " +
            printable(text_at(message, "reason"), kReasonLimitBytes);
  }
  text += "  (" + details_of(message) + ")\n";
  if (const std::string payload = payload_of(message); !payload.empty()) {
    const std::string line = "    " + payload;
    text += (width > 0 ? cut_to(printable(line, line.size() * 4), width) : line) + "\n";
  } else if (message.find("payload")) {
    text += "    (an empty payload)\n";
  }
  return text;
}

}  // namespace exo

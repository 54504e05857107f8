#include "host/operator_desk.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/check.h"
#include "host/history_line.h"
#include "host/script_message.h"
#include "host/traffic_report.h"

namespace exo {
namespace {

// Checkpoints may be large. At least one event stays, so that the asker always gets further.
void keep_below_frame_limit(std::vector<LedgerEvent>& events) {
  constexpr std::size_t kDetailsLimitBytes = 4 * 1024 * 1024;
  std::size_t total = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    total += events[i].details.size();
    if (i > 0 && total > kDetailsLimitBytes) {
      events.resize(i);
      return;
    }
  }
}

// All that an answer needs; a payload cannot be copied.
MessageToExo message_without_payload(const MessageToExo& message) {
  MessageToExo copy;
  copy.instance = message.instance;
  copy.name = message.name;
  copy.id = message.id;
  copy.activity_id = message.activity_id;
  return copy;
}

}  // namespace

std::string_view to_text(ServicesAtStop services) {
  switch (services) {
    case ServicesAtStop::kEnd:
      return "end";
    case ServicesAtStop::kGoOn:
      return "go on";
  }
  EXO_CHECK(false);
}

void OperatorDesk::answer(const MessageToExo& message) {
  if (message.kind != Kind::kCommand) return;
  if (message.name == "exo.status") {
    waiting_.push_back(message_without_payload(message));
    parts_.broker.ask_for_traffic();
  } else if (message.name == "exo.history") {
    answer_with(message, history(message));
  } else if (message.name == "exo.stop") {
    answer_with(message, stop(message));
  } else {
    refuse(message,
           Error{"no-receiver", "exo has no command '" + message.name +
                                    "'; it answers exo.status, exo.history, exo.script and exo.stop"});
  }
}

void OperatorDesk::answer_with(const MessageToExo& message, const Result<std::string>& json) {
  if (json) return reply(message, json.value());
  refuse(message, json.error());
}

void OperatorDesk::take(const Traffic& traffic) {
  if (waiting_.empty()) return;  // somebody else has asked
  StatusReport report = parts_.status();
  report.traffic = traffic_to_json(traffic);
  const std::string json = to_json(report);
  for (const MessageToExo& message : waiting_) reply(message, json);
  waiting_.clear();
}

Result<std::string> OperatorDesk::history(const MessageToExo& message) {
  const auto text = payload_to_json(message.payload, message.content_type);
  if (!text) return text.error();
  const auto request = nlohmann::json::parse(text.value(), nullptr, false);
  std::uint64_t from = 1;
  std::size_t limit = kHistoryPage;
  if (request.is_object() && request.contains("from") && request["from"].is_number_unsigned()) {
    from = request["from"].get<std::uint64_t>();
  }
  if (request.is_object() && request.contains("limit") && request["limit"].is_number_unsigned()) {
    limit = std::min(limit, request["limit"].get<std::size_t>());
  }
  auto events = parts_.ledger.read(from, limit);
  if (!events) return events.error();
  keep_below_frame_limit(events.value());
  return history_page_to_json(events.value());
}

Result<std::string> OperatorDesk::stop(const MessageToExo& message) {
  const auto text = payload_to_json(message.payload, message.content_type);
  if (!text) return text.error();
  const auto request = nlohmann::json::parse(text.value(), nullptr, false);
  const auto services = request.is_object() ? request.find("services") : request.end();
  std::optional<ServicesAtStop> wanted;
  for (const ServicesAtStop each : {ServicesAtStop::kEnd, ServicesAtStop::kGoOn}) {
    if (services != request.end() && *services == to_text(each)) wanted = each;
  }
  if (!wanted) return Error{"usage", "exo.stop takes {services}, which is \"end\" or \"go on\""};
  if (const auto begun = parts_.stop(*wanted); !begun) return begun.error();
  return nlohmann::json{{"pid", ::getpid()}}.dump();
}

void OperatorDesk::reply(const MessageToExo& message, const std::string& json) {
  ExoMessage reply;
  reply.kind = Kind::kReply;
  reply.instance = message.instance;
  reply.name = message.name;
  reply.response_to = message.id;
  reply.activity_id = message.activity_id;
  reply.content_type = ContentType::kJson;
  reply.payload = Payload(std::string_view(json));
  parts_.broker.send(std::move(reply));
}

void OperatorDesk::refuse(const MessageToExo& message, const Error& error) {
  ExoMessage refusal;
  refusal.kind = Kind::kError;
  refusal.instance = message.instance;
  refusal.name = message.name;
  refusal.response_to = message.id;
  refusal.code = error.code;
  refusal.reason = error.message;
  parts_.broker.send(std::move(refusal));
}

}  // namespace exo

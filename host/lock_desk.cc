#include "host/lock_desk.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/text.h"
#include "host/script_message.h"

namespace exo {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kLock = "exo.lock";
constexpr std::string_view kUnlock = "exo.unlock";
// As for every message: whoever waits longer is not there any more.
constexpr std::uint64_t kLongestWaitMs = std::uint64_t{24} * 60 * 60 * 1000;

Result<Json> payload_of(const MessageToExo& message) {
  const auto text = payload_to_json(message.payload, message.content_type);
  if (!text) return text.error();
  Json json = Json::parse(text.value(), nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) return json;
  return Error{"malformed", message.name + " has a map as its payload"};
}

Result<std::string> text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found != json.end() && found->is_string()) return found->get<std::string>();
  return Error{"malformed", std::string("'") + key + "' is a text"};
}

Result<std::optional<MonotonicTime>> until_of(const Json& json, MonotonicTime now) {
  const auto found = json.find("timeoutMs");
  if (found == json.end() || found->is_null()) return std::optional<MonotonicTime>();
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kLongestWaitMs) {
    return Error{"malformed", "'timeoutMs' is a whole number of at most " + std::to_string(kLongestWaitMs)};
  }
  return std::optional(now + std::chrono::milliseconds(found->get<std::uint64_t>()));
}

Result<LockTable::Request> request_of(const MessageToExo& message, MonotonicTime now) {
  const auto json = payload_of(message);
  if (!json) return json.error();
  const auto key = text_at(json.value(), "key");
  if (!key) return key.error();
  const auto until = until_of(json.value(), now);
  if (!until) return until.error();
  return LockTable::Request{.holder = message.instance,
                            .name = message.role,
                            .id = message.id,
                            .activity = message.activity_id,
                            .key = key.value(),
                            .until = until.value()};
}

std::vector<LockTable::Claim> claims_of(const std::vector<RestatedLock>& locks) {
  std::vector<LockTable::Claim> claims;
  claims.reserve(locks.size());
  for (const RestatedLock& lock : locks) {
    claims.push_back({.key = lock.key, .id = lock.id, .number = lock.number});
  }
  return claims;
}

// Of those who are awaited, one at least.
std::string who_may_have_it(const std::set<std::string>& awaited) {
  const std::size_t others = awaited.size() - 1;
  return *awaited.begin() + (others == 0 ? "" : " and " + std::to_string(others) + " more") +
         " of an earlier host may have it, and " + (others == 0 ? "has" : "have") +
         " neither come in again nor ended";
}

// Of which only the place is used: holder, id and activity.
ExoMessage reply_to(const LockTable::Request& request, const char* name, const Json& json) {
  ExoMessage reply;
  reply.kind = Kind::kReply;
  reply.instance = request.holder;
  reply.name = name;
  reply.response_to = request.id;
  reply.activity_id = request.activity;
  reply.payload = json_to_payload(json.dump(-1, ' ', false, Json::error_handler_t::replace));
  return reply;
}

}  // namespace

bool LockDesk::take(const MessageToExo& message, MonotonicTime now) {
  if (message.kind != Kind::kCommand || message.peer == PeerKind::kOperator) return false;
  if (message.name == kLock) {
    lock(message, now);
  } else if (message.name == kUnlock) {
    unlock(message);
  } else {
    return false;
  }
  return true;
}

void LockDesk::lock(const MessageToExo& message, MonotonicTime now) {
  auto request = request_of(message, now);
  if (!request) return refuse(message.instance, message.name, message.id, request.error());
  const std::string key = request.value().key;
  const auto grant = table_.ask(std::move(request).value());
  if (!grant) return refuse(message.instance, message.name, message.id, grant.error());
  if (grant.value()) return tell(*grant.value());
  journal_.note("the lock " + in_quotes(key) + " is waited for by " + message.instance + "; " + why_not(key));
}

std::string LockDesk::why_not(const std::string& key) const {
  return table_.is_held(key) ? table_.held_by(key) + " has it" : who_may_have_it(table_.awaited());
}

void LockDesk::unlock(const MessageToExo& message) {
  const auto json = payload_of(message);
  if (!json) return refuse(message.instance, message.name, message.id, json.error());
  const auto lock = text_at(json.value(), "lock");
  if (!lock) return refuse(message.instance, message.name, message.id, lock.error());
  tell(table_.release(message.instance, lock.value()));
  if (message.expects == Expects::kNone) return;
  const Json key = json.value().contains("key") ? json.value()["key"] : Json(nullptr);
  const LockTable::Request place{
      .holder = message.instance, .name = "", .id = message.id, .activity = message.activity_id, .key = ""};
  broker_.send(reply_to(place, "exo.unlocked", Json{{"key", key}}));
}

void LockDesk::registered(const InstanceRegistered& event) {
  const LockTable::Restated restated = table_.registered(event.instance, event.role, claims_of(event.locks));
  for (const LockTable::Loss& loss : restated.losses) tell(loss);
  for (const LockTable::Standing& each : table_.of(event.instance)) {
    journal_.note("the lock " + in_quotes(each.key) + " (number " + std::to_string(each.number) + ") is " +
                  event.instance + "'s still");
  }
  tell(restated.grants);
}

void LockDesk::disconnected(const std::string& instance) {
  note_freed(instance);
  tell(table_.disconnected(instance));
}

void LockDesk::gone(const std::string& process) {
  note_freed(process);
  tell(table_.gone(process));
}

void LockDesk::note_freed(const std::string& instance) {
  for (const LockTable::Standing& each : table_.of(instance)) {
    if (each.number == 0) continue;
    journal_.note("the lock " + in_quotes(each.key) + " (number " + std::to_string(each.number) +
                  ") is free: " + instance + " has gone");
  }
}

void LockDesk::tick(MonotonicTime now) {
  for (const LockTable::Request& late : table_.expire(now)) {
    refuse(late.holder, std::string(kLock), late.id,
           {"expired", "the lock " + in_quotes(late.key) + " was not free in time; " + why_not(late.key)});
  }
}

void LockDesk::tell(const LockTable::Loss& loss) {
  const std::string lock =
      "the lock " + in_quotes(loss.claim.key) + " (number " + std::to_string(loss.claim.number) + ")";
  const std::string why = loss.held_by.empty() ? "another may have had it since" : loss.held_by + " has it";
  journal_.warn(lock + " is lost to " + loss.holder + ": " + why);
  refuse(loss.holder, std::string(kLock), loss.claim.id, {"lock-lost", lock + " is lost: " + why});
}

void LockDesk::tell(const std::vector<LockTable::Grant>& grants) {
  for (const LockTable::Grant& grant : grants) tell(grant);
}

void LockDesk::tell(const LockTable::Grant& grant) {
  const LockTable::Request& request = grant.request;
  journal_.note("the lock " + in_quotes(request.key) + " (number " + std::to_string(grant.number) +
                ") goes to " + request.holder);
  broker_.send(reply_to(request, "exo.locked", Json{{"key", request.key}, {"number", grant.number}}));
}

void LockDesk::refuse(const std::string& instance, const std::string& name, const std::string& id,
                      const Error& error) {
  ExoMessage answer;
  answer.kind = Kind::kError;
  answer.instance = instance;
  answer.name = name;
  answer.response_to = id;
  answer.code = error.code;
  answer.reason = error.message;
  broker_.send(std::move(answer));
}

}  // namespace exo

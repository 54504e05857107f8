#include "host/script_runner.h"

#include <utility>

#include "base/ids.h"
#include "host/message_check.h"
#include "host/routing_plan.h"
#include "host/script_message.h"
#include "host/seen_exits.h"
#include "host/stop_times.h"

namespace exo {
namespace {

constexpr StopTimes kScriptStopTimes{.term_after = std::chrono::milliseconds{0},
                                     .kill_after = kScriptStopWithin};
constexpr StopTimes kKill{.term_after = std::chrono::milliseconds{0},
                          .kill_after = std::chrono::milliseconds{0}};

// A disk without room, or one that became read-only, is no fault of the script's.
std::string stage_of(const Error& refusal) {
  const bool is_of_the_disk = refusal.code == "disk-full" || refusal.code == "disk-read-only";
  return is_of_the_disk ? "disk" : refusal.code;
}

}  // namespace

void ScriptRunner::start(const rollout::StartScript& start) {
  const std::string instance = instance_id_of(start.key.id, random_id(25));
  if (const auto allowed = parts_.may_start(); !allowed) {
    parts_.inputs.push_back(rollout::ScriptCouldNotStart{start.key.id, "disk", allowed.error().message});
    return;
  }
  auto launch = parts_.launcher.script(start, instance);
  if (!launch) {
    parts_.inputs.push_back(
        rollout::ScriptCouldNotStart{start.key.id, stage_of(launch.error()), launch.error().message});
    return;
  }
  if (parts_.kill && parts_.kill->is_for(start.key.version, start.key.phase))
    launch.value().admission.allowance = parts_.kill->after;
  attempts_[instance] = Attempt{.key = start.key, .log = launch.value().process.log_file};
  parts_.broker.admit(launch.value().admission);
  parts_.keeper.spawn(std::move(launch.value().process));
}

void ScriptRunner::send_start(const rollout::SendStart& start) {
  const std::string instance = instance_of(start.key.id);
  if (!instance.empty()) parts_.broker.send(make_start_message(start, instance));
}

void ScriptRunner::acknowledge(const rollout::AcknowledgeCheckpoint& acknowledge) {
  answer(acknowledge.id, acknowledge.message_id, ScriptWord::kCheckpointed);
}

void ScriptRunner::acknowledge(const rollout::AcknowledgeFollow& acknowledge) {
  answer(acknowledge.id, acknowledge.message_id, ScriptWord::kFollowed);
}

void ScriptRunner::answer(const rollout::AttemptId& id, const std::string& message_id, ScriptWord word) {
  const std::string instance = instance_of(id);
  if (instance.empty() || message_id.empty()) return;
  const Attempt& attempt = attempts_.at(instance);
  ExoMessage reply;
  reply.kind = Kind::kReply;
  reply.instance = instance;
  reply.name = script_message_name(attempt.key.version, attempt.key.phase, word);
  reply.response_to = message_id;
  reply.activity_id = activity_of(id);
  parts_.broker.send(std::move(reply));
}

void ScriptRunner::end(const rollout::EndScript& end) {
  const std::string instance = instance_of(end.key.id);
  if (!instance.empty()) parts_.keeper.stop(instance, kScriptStopTimes);
}

bool ScriptRunner::registered(const InstanceRegistered& event) {
  const Attempt* attempt = find(event.instance);
  if (attempt == nullptr) return false;
  parts_.inputs.push_back(rollout::ScriptRegistered{attempt->key.id, event.handles});
  return true;
}

bool ScriptRunner::said(const MessageToExo& message) {
  const Attempt* attempt = find(message.instance);
  if (attempt == nullptr) return false;
  const auto input = read_script_message(message, attempt->key);
  if (!input) {
    refuse(message, input.error().code, message.name + ": " + input.error().message);
  } else if (const auto fault = why_refused(input.value(), attempt->key.version)) {
    refuse(message, "no-receiver", *fault);
  } else if (input.value()) {
    parts_.inputs.push_back(*input.value());
  } else if (message.kind == Kind::kReply) {
    const VersionKey& version = attempt->key.version;
    parts_.inputs.push_back(rollout::ScriptSaidFailed{
        attempt->key.id, "it answered '" + message.name + "'; expected " +
                             script_message_name(version, attempt->key.phase, ScriptWord::kDone) + " or " +
                             script_message_name(version, attempt->key.phase, ScriptWord::kFailed)});
  } else if (message.kind == Kind::kCommand) {
    refuse(message, "no-receiver",
           "exo does not know the message '" + message.name + "'; a script may say " +
               script_message_name(attempt->key.version, attempt->key.phase, ScriptWord::kDone) +
               ", -failed, -progress or -checkpoint to it");
  }
  return true;
}

// A script may follow only what the version that it brings in receives.
std::optional<std::string> ScriptRunner::why_refused(const std::optional<rollout::Input>& input,
                                                     const VersionKey& version) const {
  const auto* asked = input ? std::get_if<rollout::ScriptSaidFollow>(&*input) : nullptr;
  const ServiceVersion* service = parts_.application.find_version(version.role, version.version);
  if (asked == nullptr || service == nullptr) return std::nullopt;
  for (const std::string& name : asked->commands) {
    if (auto fault = why_not_followed(*service, name)) return fault;
  }
  return std::nullopt;
}

bool ScriptRunner::active(const ScriptActive& event) {
  const Attempt* attempt = find(event.instance);
  if (attempt == nullptr) return false;
  parts_.inputs.push_back(rollout::ScriptActive{attempt->key.id});
  return true;
}

// The attempt has failed for this, whichever is heard of first: the end of its process, or of its connection.
bool ScriptRunner::spent(const AllowanceSpent& event) {
  const Attempt* attempt = find(event.instance);
  if (attempt == nullptr || !parts_.kill) return false;
  parts_.inputs.push_back(rollout::ScriptSaidFailed{
      attempt->key.id,
      "it was killed after message " + std::to_string(parts_.kill->after) + ", as --kill-script asks"});
  parts_.keeper.stop(event.instance, kKill);
  parts_.kill.reset();
  return true;
}

bool ScriptRunner::failed_to_start(const ProcessFailedToStart& event) {
  const Attempt* attempt = find(event.id);
  if (attempt == nullptr) return false;
  parts_.inputs.push_back(rollout::ScriptCouldNotStart{attempt->key.id, event.stage, event.message});
  gone(event.id);
  return true;
}

bool ScriptRunner::exited(const ProcessExited& event) {
  const Attempt* attempt = find(event.id);
  if (attempt == nullptr) return false;
  parts_.inputs.push_back(rollout::ScriptExited{.id = attempt->key.id,
                                                .status = event.status.describe(),
                                                .last_lines = event.last_lines,
                                                .log = attempt->log,
                                                .use = {.duration_ms = event.duration_ms,
                                                        .peak_memory_kib = event.max_resident_kib,
                                                        .user_ms = event.user_ms,
                                                        .system_ms = event.system_ms}});
  gone(event.id);
  return true;
}

std::vector<std::string> ScriptRunner::instances() const {
  std::vector<std::string> ids;
  for (const auto& [instance, attempt] : attempts_) ids.push_back(instance);
  return ids;
}

const ScriptRunner::Attempt* ScriptRunner::find(const std::string& instance) const {
  const auto found = attempts_.find(instance);
  return found == attempts_.end() ? nullptr : &found->second;
}

std::string ScriptRunner::instance_of(const rollout::AttemptId& id) const {
  for (const auto& [instance, attempt] : attempts_) {
    if (attempt.key.id == id) return instance;
  }
  return "";
}

void ScriptRunner::refuse(const MessageToExo& message, const std::string& code, const std::string& reason) {
  ExoMessage error;
  error.kind = Kind::kError;
  error.instance = message.instance;
  error.name = message.name;
  error.response_to = message.id;
  error.code = code;
  error.reason = reason;
  parts_.broker.send(std::move(error));
}

void ScriptRunner::gone(const std::string& instance) {
  parts_.broker.dismiss(instance);
  parts_.launcher.forget(instance);
  attempts_.erase(instance);
}

}  // namespace exo

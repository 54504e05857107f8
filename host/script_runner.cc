#include "host/script_runner.h"

#include <utility>

#include "base/ids.h"
#include "host/message_check.h"
#include "host/routing_plan.h"
#include "host/script_message.h"
#include "host/stop_times.h"

namespace exo {
namespace {

constexpr StopTimes kScriptStopTimes{.term_after = std::chrono::milliseconds{0},
                                     .kill_after = kScriptStopWithin};

}  // namespace

ScriptRunner::ScriptRunner(const Application& application, Broker& broker, KeeperClient& keeper,
                           Launcher& launcher, RolloutInputs& inputs)
    : application_(application), broker_(broker), keeper_(keeper), launcher_(launcher), inputs_(inputs) {}

void ScriptRunner::start(const rollout::StartScript& start) {
  const std::string instance =
      start.key.id.run + "-" + std::to_string(start.key.id.attempt) + "-" + random_id(25);
  auto launch = launcher_.script(start, instance);
  if (!launch) {
    inputs_.push_back(
        rollout::ScriptCouldNotStart{start.key.id, launch.error().code, launch.error().message});
    return;
  }
  attempts_[instance] = Attempt{.key = start.key, .log = launch.value().process.log_file};
  broker_.admit(launch.value().admission);
  keeper_.spawn(std::move(launch.value().process));
}

void ScriptRunner::send_start(const rollout::SendStart& start) {
  const std::string instance = instance_of(start.key.id);
  if (!instance.empty()) broker_.send(make_start_message(start, instance));
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
  broker_.send(std::move(reply));
}

void ScriptRunner::end(const rollout::EndScript& end) {
  const std::string instance = instance_of(end.key.id);
  if (!instance.empty()) keeper_.stop(instance, kScriptStopTimes);
}

bool ScriptRunner::registered(const InstanceRegistered& event) {
  const Attempt* attempt = find(event.instance);
  if (attempt == nullptr) return false;
  inputs_.push_back(rollout::ScriptRegistered{attempt->key.id, event.handles});
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
    inputs_.push_back(*input.value());
  } else if (message.kind == Kind::kReply) {
    const VersionKey& version = attempt->key.version;
    inputs_.push_back(rollout::ScriptSaidFailed{
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
  const ServiceVersion* service = application_.find_version(version.role, version.version);
  if (asked == nullptr || service == nullptr) return std::nullopt;
  for (const std::string& name : asked->commands) {
    if (auto fault = why_not_followed(*service, name)) return fault;
  }
  return std::nullopt;
}

bool ScriptRunner::active(const ScriptActive& event) {
  const Attempt* attempt = find(event.instance);
  if (attempt == nullptr) return false;
  inputs_.push_back(rollout::ScriptActive{attempt->key.id});
  return true;
}

bool ScriptRunner::failed_to_start(const ProcessFailedToStart& event) {
  const Attempt* attempt = find(event.id);
  if (attempt == nullptr) return false;
  inputs_.push_back(rollout::ScriptCouldNotStart{attempt->key.id, event.stage, event.message});
  gone(event.id);
  return true;
}

bool ScriptRunner::exited(const ProcessExited& event) {
  const Attempt* attempt = find(event.id);
  if (attempt == nullptr) return false;
  inputs_.push_back(
      rollout::ScriptExited{attempt->key.id, event.status.describe(), event.last_lines, attempt->log});
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
  broker_.send(std::move(error));
}

void ScriptRunner::gone(const std::string& instance) {
  broker_.dismiss(instance);
  launcher_.forget(instance);
  attempts_.erase(instance);
}

}  // namespace exo

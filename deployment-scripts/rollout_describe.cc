// One line for each input and action: for logs, and for the transcripts that tests compare.
#include <sstream>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"

namespace exo::rollout {
namespace {

std::string text_of(const AttemptId& id) {
  return id.run + "/" + std::to_string(id.attempt);
}

std::string text_of(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

std::string undelivered(std::uint64_t failed, std::uint64_t handled) {
  if (failed == 0) return "";
  return " failed messages " + std::to_string(failed) + ", handled " + std::to_string(handled);
}

std::string with_reason(const std::string& reason) {
  return reason.empty() ? "" : " " + in_quotes(reason);
}

std::string line(const Begin& begin) {
  std::string text = "begin " + begin.environment;
  if (begin.purpose == Purpose::kDryRun) text += " for dry runs";
  for (const VersionToBringIn& version : begin.versions) {
    text += " " + to_text(version.key) + (version.script ? "+script" : "");
    if (!version.required_versions.empty())
      text += "(requires " + join(names_of(version.required_versions, version.key.role), ",") + ")";
    for (const Dependency& dependency : version.dependencies) {
      text += "(after " + dependency.role + " " + std::string(to_text(dependency.until)) + ")";
    }
  }
  for (const Script& script : begin.other_scripts) text += " script-of:" + to_text(script.brings_in);
  return text;
}

std::string line(const InstanceStarted& started) {
  return "instance-started " + to_text(started.version);
}
std::string line(const InstanceReady& ready) {
  return "instance-ready " + to_text(ready.version);
}
std::string line(const InstanceLost& lost) {
  return "instance-lost " + to_text(lost.version);
}
std::string line(const InstanceNotReady& gone) {
  return "instance-not-ready " + to_text(gone.version) + with_reason(gone.reason);
}

std::string line(const ScriptRegistered& registered) {
  return "script-registered " + text_of(registered.id) + " handles [" + join(registered.handles, ", ") + "]";
}

std::string line(const ScriptSaidDone& said) {
  return "script-said-done " + text_of(said.id) + undelivered(said.failed_messages, said.handled_errors);
}

std::string line(const ScriptSaidFailed& said) {
  std::string text = "script-said-failed " + text_of(said.id) + with_reason(said.reason);
  if (said.retry == ScriptSaidFailed::Retry::kNever) text += ", not to be tried again";
  if (said.checkpoint == ScriptSaidFailed::Checkpoint::kVoid) text += ", its checkpoint is void";
  return text;
}

std::string line(const ScriptSaidProgress& said) {
  return "script-said-progress " + text_of(said.id) + " " + text_of(said.done) + " of " +
         text_of(said.total) + with_reason(said.note);
}

std::string line(const ScriptSaidCheckpoint& said) {
  return "script-said-checkpoint " + text_of(said.id) + " " + printable(said.value) + " as " +
         said.message_id + undelivered(said.failed_messages, said.handled_errors);
}

std::string line(const ScriptSaidFollow& said) {
  std::string text = "script-said-follow " + text_of(said.id);
  for (const std::string& command : said.commands) text += " " + command;
  return text + " as " + said.message_id;
}

std::string line(const FollowBegun& begun) {
  return "follow-begun " + begun.run + " at " + std::to_string(begun.began_at);
}
std::string line(const FollowShort& left) {
  return "follow-short " + left.run;
}
std::string line(const FollowDone& done) {
  return "follow-done " + done.run + " recorded " + std::to_string(done.counts.recorded) + ", replayed " +
         std::to_string(done.counts.replayed) + ", left out " + std::to_string(done.counts.left_out);
}
std::string line(const FollowFailed& failure) {
  return "follow-failed " + failure.run + with_reason(failure.reason);
}
std::string line(const FollowLost& lost) {
  return "follow-lost " + lost.run + with_reason(lost.reason);
}

std::string line(const ScriptActive& active) {
  return "script-active " + text_of(active.id);
}

std::string line(const LoadSampled& sampled) {
  const bool is_slow = sampled.sample.load == LoadSample::Load::kSlow;
  return "load-sampled " + text_of(sampled.id) + (is_slow ? " slow: " + sampled.sample.because : " good");
}

std::string line(const ScriptExited& exited) {
  return "script-exited " + text_of(exited.id) + " " + exited.status;
}

std::string line(const ScriptCouldNotStart& failure) {
  return "script-could-not-start " + text_of(failure.id) + " at " + failure.stage +
         with_reason(failure.reason);
}

std::string line(const TableInEffect& table) {
  return "table-in-effect " + std::to_string(table.position);
}
std::string line(const Tick&) {
  return "tick";
}
std::string line(const AppendFailed& failure) {
  return "append-failed" + with_reason(failure.reason);
}
std::string line(const Decide& decide) {
  const Decision& decision = decide.decision;
  std::string text = "decide " + std::string(to_text(decision.verb)) + " " + to_text(decision.version);
  if (decision.phase) text += " " + std::string(to_string(*decision.phase));
  if (decision.rate) text += " " + to_string(*decision.rate);
  return text + " by " + printable(decision.who) + with_reason(decision.reason);
}
std::string line(const Stop&) {
  return "stop";
}

std::string line(const Append& append) {
  const LedgerEvent& event = append.event;
  std::string text = "append " + event.type;
  if (!event.role.empty()) text += " " + event.role + "@" + event.version;
  if (!event.phase.empty()) text += " " + event.phase;
  if (!event.run.empty()) text += " " + event.run + "/" + std::to_string(event.attempt);
  return text + " " + event.details;
}

std::string line(const StartInstances& start) {
  return "start-instances " + to_text(start.version);
}

std::string line(const StartScript& start) {
  return "start-script " + text_of(start.key.id) + " " + start.script.name;
}

std::string line(const SendStart& start) {
  return "send-start " + text_of(start.key.id) +
         (start.checkpoint ? " from " + printable(*start.checkpoint) : "");
}

std::string line(const AcknowledgeCheckpoint& acknowledge) {
  return "acknowledge-checkpoint " + text_of(acknowledge.id) + " " + acknowledge.message_id;
}

std::string line(const AcknowledgeFollow& acknowledge) {
  return "acknowledge-follow " + text_of(acknowledge.id) + " " + acknowledge.message_id;
}

std::string line(const EndScript& end) {
  return "end-script " + text_of(end.key.id);
}
std::string line(const PublishTable&) {
  return "publish-table";
}
std::string line(const Decided& decided) {
  if (decided.refusal) return "decided " + decided.id + ", refused: " + printable(decided.refusal->message);
  std::string text = "decided " + decided.id + ":";
  for (const LedgerEvent& event : decided.events) text += " " + event.type;
  return text;
}
std::string line(const Ready&) {
  return "ready";
}

std::string line(const Announce& announce) {
  std::string text = "announce " + announce.text;
  for (const std::string& each : announce.lines) text += "\n  " + each;
  return text;
}

}  // namespace

std::string_view to_text(Dependency::Until until) {
  switch (until) {
    case Dependency::Until::kStarted:
      return "started";
    case Dependency::Until::kReady:
      return "ready";
    case Dependency::Until::kLive:
      return "live";
  }
  EXO_CHECK(false);
}

std::string describe(const Input& input) {
  return std::visit([](const auto& each) { return line(each); }, input);
}

std::string describe(const Action& action) {
  return std::visit([](const auto& each) { return line(each); }, action);
}

}  // namespace exo::rollout

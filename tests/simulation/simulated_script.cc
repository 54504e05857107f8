#include "tests/simulation/simulated_script.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "deployment-scripts/script_message.h"

namespace exo {

void SimulatedScript::start_message_arrives(const std::optional<std::string>& checkpoint) {
  if (stage_ != Stage::kRegistered) return;
  stage_ = Stage::kAtWork;
  if (checkpoint) checkpoints_ = std::stoull(*checkpoint);
  copied_ = static_cast<std::size_t>(std::min<std::uint64_t>(checkpoints_, kKeys));
}

bool has_part(const rollout::AttemptKey& key, const std::vector<std::string>& handles) {
  const std::string start = script_message_name(key.version, key.phase, ScriptWord::kStart);
  return std::find(handles.begin(), handles.end(), start) != handles.end();
}

bool SimulatedScript::may_be_slowed() const {
  return has_part(key_, handles_) && runs() && stage_ != Stage::kSaidItsWord && !told_to_end_;
}

void SimulatedScript::dies() {
  if (stage_ == Stage::kGone) return;
  stage_ = Stage::kGone;
  ended_ = WaitStatus::signalled(SIGKILL);
  ended_by_ = EndedBy::kRequest;
}

// First it reads, then it writes; what production does in between is in the record.
bool SimulatedScript::copy(const Reach& reach, std::size_t through) {
  if (!copies_from(reach) || copied_ >= through) return false;
  if (!read_) {
    read_ = reach.data.of(*reach.serves);
    return true;
  }
  for (; copied_ < std::min(through, kKeys); ++copied_)
    reach.data.of(key_.version)[copied_] = (*read_)[copied_];
  read_.reset();
  return true;
}

void SimulatedScript::act(Random& random, Reach reach, std::vector<rollout::Input>& into) {
  if (told_to_end_) {
    // The word may be on its way when the signal arrives.
    if (stage_ == Stage::kAtWork && fate_ == Fate::kSucceeds && has_everything(reach) && random.chance(1, 4))
      say_done(random, into);
    exit(WaitStatus::signalled(SIGTERM), into);
    return;
  }
  switch (stage_) {
    case Stage::kBooting:
      if (fate_ == Fate::kExitsEarly) return exit(WaitStatus::exited(1), into);
      if (fate_ == Fate::kNeverRegisters) return;
      into.emplace_back(rollout::ScriptRegistered{key_.id, handles_});
      stage_ = Stage::kRegistered;
      return;
    case Stage::kAtWork:
      return work(random, reach, into);
    case Stage::kSaidItsWord:
      if (fate_ != Fate::kSucceeds) exit(WaitStatus::exited(0), into);
      return;
    case Stage::kRegistered:
    case Stage::kGone:
      return;
  }
}

void SimulatedScript::work(Random& random, const Reach& reach, std::vector<rollout::Input>& into) {
  if (std::exchange(asks_, false)) {
    waits_for_answer_ = true;
    into.emplace_back(rollout::ScriptSaidFollow{key_.id, {key_.version.role + ".ask"}, "f1"});
    return;
  }
  if (waits_for_answer_) return;
  switch (random.below(6)) {
    case 0:
      into.emplace_back(rollout::ScriptActive{key_.id});
      return;
    case 1:
      into.emplace_back(rollout::ScriptSaidProgress{key_.id, 1, 2, "half"});
      return;
    case 2:
      if (key_.is_trial()) return;  // it would save nothing
      if (copy(reach, checkpoints_ + 1)) return;
      ++checkpoints_;
      into.emplace_back(rollout::ScriptSaidCheckpoint{key_.id, std::to_string(checkpoints_),
                                                      "m" + std::to_string(checkpoints_)});
      return;
    default:
      break;
  }
  switch (fate_) {
    case Fate::kSucceeds:
    case Fate::kSucceedsAndExits:
      if (copy(reach, kKeys)) return;
      return say_done(random, into);
    case Fate::kLosesMessages:
      into.emplace_back(rollout::ScriptSaidDone{key_.id, 1 + random.below(3), 0});
      stage_ = Stage::kSaidItsWord;
      return;
    case Fate::kSaysFailed:
      into.emplace_back(rollout::ScriptSaidFailed{key_.id, "no such table"});
      stage_ = Stage::kSaidItsWord;
      return;
    case Fate::kExits:
    case Fate::kExitsEarly:
      return exit(WaitStatus::signalled(SIGSEGV), into);
    case Fate::kHangs:
    case Fate::kNeverRegisters:
      return;
  }
}

void SimulatedScript::say_done(Random& random, std::vector<rollout::Input>& into) {
  const std::uint64_t failed = random.below(3);
  into.emplace_back(rollout::ScriptSaidDone{key_.id, failed, failed});
  truly_done_ = true;
  stage_ = Stage::kSaidItsWord;
}

void SimulatedScript::exit(const WaitStatus& status, std::vector<rollout::Input>& into) {
  stage_ = Stage::kGone;
  ended_ = status;
  ended_by_ = told_to_end_ ? EndedBy::kRequest : EndedBy::kItself;
  into.emplace_back(rollout::ScriptExited{key_.id, status.describe(), {"bye"}, "/logs/run.log"});
}

}  // namespace exo

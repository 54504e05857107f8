#include "tests/simulation/simulated_script.h"

namespace exo {

void SimulatedScript::start_message_arrives(const std::optional<std::string>& checkpoint) {
  if (stage_ != Stage::kRegistered) return;
  stage_ = Stage::kAtWork;
  if (checkpoint) checkpoints_ = std::stoull(*checkpoint);
}

void SimulatedScript::act(Random& random, std::vector<rollout::Input>& into) {
  if (told_to_end_) {
    // The word may be on its way when the signal arrives.
    if (stage_ == Stage::kAtWork && fate_ == Fate::kSucceeds && random.chance(1, 4)) say_done(random, into);
    exit("killed by SIGTERM", into);
    return;
  }
  switch (stage_) {
    case Stage::kBooting:
      if (fate_ == Fate::kExitsEarly) return exit("exit code 1", into);
      if (fate_ == Fate::kNeverRegisters) return;
      into.emplace_back(rollout::ScriptRegistered{key_.id, handles_});
      stage_ = Stage::kRegistered;
      return;
    case Stage::kAtWork:
      return work(random, into);
    case Stage::kSaidItsWord:
      if (fate_ != Fate::kSucceeds) exit("exit code 0", into);
      return;
    case Stage::kRegistered:
    case Stage::kGone:
      return;
  }
}

void SimulatedScript::work(Random& random, std::vector<rollout::Input>& into) {
  switch (random.below(6)) {
    case 0:
      into.emplace_back(rollout::ScriptActive{key_.id});
      return;
    case 1:
      into.emplace_back(rollout::ScriptSaidProgress{key_.id, 1, 2, "half"});
      return;
    case 2:
      if (key_.is_trial()) return;  // it would save nothing
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
      return exit("killed by SIGSEGV", into);
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

void SimulatedScript::exit(const std::string& status, std::vector<rollout::Input>& into) {
  stage_ = Stage::kGone;
  into.emplace_back(rollout::ScriptExited{key_.id, status, {"bye"}, "/logs/run.log"});
}

}  // namespace exo

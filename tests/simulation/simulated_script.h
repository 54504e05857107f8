// A process that runs one attempt at one phase: what it does depends on its fate, which it does not tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "tests/simulation/random.h"

namespace exo {

enum class Fate {
  kSucceeds,
  kSucceedsAndExits,  // ends itself after its done
  kSaysFailed,
  kLosesMessages,  // says done, but messages of it were not delivered and nobody handled that
  kExitsEarly,     // before it registers
  kExits,          // at work, without a word
  kHangs,          // at work
  kNeverRegisters,
};

class SimulatedScript {
 public:
  SimulatedScript(rollout::AttemptKey key, std::size_t life, Fate fate, std::vector<std::string> handles)
      : key_(std::move(key)), life_(life), fate_(fate), handles_(std::move(handles)) {}

  const rollout::AttemptKey& key() const { return key_; }
  // The number of the host that started it.
  std::size_t life() const { return life_; }
  bool runs() const { return stage_ != Stage::kGone; }
  bool runs_phase_of(const rollout::AttemptKey& other) const {
    return runs() && key_.version == other.version && key_.phase == other.phase;
  }
  // It has said done, and all its messages were delivered or their failure was handled.
  bool truly_done() const { return truly_done_; }

  // It goes on after its last checkpoint, which is a number.
  void start_message_arrives(const std::optional<std::string>& checkpoint);
  void told_to_end() { told_to_end_ = true; }
  void dies() { stage_ = Stage::kGone; }

  // One step of its life; what it says, or what the keeper says of it, is added to `into`.
  void act(Random& random, std::vector<rollout::Input>& into);

 private:
  enum class Stage { kBooting, kRegistered, kAtWork, kSaidItsWord, kGone };

  void work(Random& random, std::vector<rollout::Input>& into);
  void say_done(Random& random, std::vector<rollout::Input>& into);
  void exit(const std::string& status, std::vector<rollout::Input>& into);

  rollout::AttemptKey key_;
  std::size_t life_;
  Fate fate_;
  std::vector<std::string> handles_;
  Stage stage_ = Stage::kBooting;
  bool told_to_end_ = false;
  bool truly_done_ = false;
  std::uint64_t checkpoints_ = 0;
};

}  // namespace exo

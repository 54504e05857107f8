// A process that runs one attempt at one phase: what it does depends on its fate, which it does not tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/wait_status.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "services/keeper/exit_records.h"
#include "tests/simulation/random.h"
#include "tests/simulation/simulated_data.h"

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

// Whether a script that handles these messages has the phase of the attempt.
bool has_part(const rollout::AttemptKey& key, const std::vector<std::string>& handles);

class SimulatedScript {
 public:
  SimulatedScript(rollout::AttemptKey key, std::size_t life, Fate fate, std::vector<std::string> handles,
                  bool asks_to_follow)
      : key_(std::move(key)),
        life_(life),
        fate_(fate),
        handles_(std::move(handles)),
        asks_(asks_to_follow && copies()) {}

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
  void hears_that_it_follows() { waits_for_answer_ = false; }
  void told_to_end() { told_to_end_ = true; }
  bool is_told_to_end() const { return told_to_end_; }
  bool is_at_work() const { return stage_ == Stage::kAtWork && !told_to_end_; }
  // It has a part to play, and has not said its last word.
  bool may_be_slowed() const;
  // Its guard ends it.
  void dies();
  // How its process ended, and whether by itself: set when it is gone.
  const std::optional<WaitStatus>& ended() const { return ended_; }
  EndedBy ended_by() const { return ended_by_; }

  // One step of its life; what it says, or what the keeper says of it, is added to `into`. Where it copies,
  // it does so in `data`, from the version that serves its role, which is null where none does.
  struct Reach {
    SimulatedData& data;
    const VersionKey* serves;
  };
  void act(Random& random, Reach reach, std::vector<rollout::Input>& into);

 private:
  enum class Stage { kBooting, kRegistered, kAtWork, kSaidItsWord, kGone };

  bool copies() const { return key_.phase == Phase::kOffline && !key_.is_trial(); }
  // Whether there is more to copy.
  bool copies_from(const Reach& reach) const {
    return copies() && copied_ < kKeys && reach.serves != nullptr && !(*reach.serves == key_.version);
  }
  bool has_everything(const Reach& reach) const {
    return !copies_from(reach) && !asks_ && !waits_for_answer_;
  }
  // True when it has done something, and will go on with the rest later.
  bool copy(const Reach& reach, std::size_t through);
  void work(Random& random, const Reach& reach, std::vector<rollout::Input>& into);
  void say_done(Random& random, std::vector<rollout::Input>& into);
  void exit(const WaitStatus& status, std::vector<rollout::Input>& into);

  rollout::AttemptKey key_;
  std::size_t life_;
  Fate fate_;
  std::vector<std::string> handles_;
  Stage stage_ = Stage::kBooting;
  bool told_to_end_ = false;
  bool truly_done_ = false;
  std::optional<WaitStatus> ended_;
  EndedBy ended_by_ = EndedBy::kRequest;
  std::uint64_t checkpoints_ = 0;  // each after one more key, as long as there are any
  bool asks_ = false;
  bool waits_for_answer_ = false;
  std::size_t copied_ = 0;      // keys
  std::optional<Stored> read_;  // and not yet written
};

}  // namespace exo

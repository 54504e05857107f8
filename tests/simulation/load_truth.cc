#include "tests/simulation/load_truth.h"

namespace exo {
namespace {

// None is the least of all.
std::optional<Rate> lesser(const std::optional<Rate>& one, const std::optional<Rate>& other) {
  if (!one || !other) return one ? one : other;
  if (one->is_none() || other->is_none()) return Rate{};
  return one->each() < other->each() ? other : one;
}

}  // namespace

// It ends with a good one that comes `good-for` after the first good one since the last slow one.
void LoadTruth::take(const rollout::AttemptKey& key, const ThrottleSettings& settings,
                     const LoadSample& sample, MonotonicTime now) {
  using Told = rollout::AnnouncementKind;
  State& state = states_[key.id];
  if (sample.load == LoadSample::Load::kSlow) {
    state.good_since.reset();
    if (!std::exchange(state.is_slowed, true)) untold_.emplace(key.version, Told::kSlowed);
    return;
  }
  if (!state.is_slowed) return;
  if (!state.good_since) state.good_since = now;
  if (now < *state.good_since + settings.good_for) return;
  state = {};
  untold_.emplace(key.version, Told::kSlowedNoMore);
}

bool LoadTruth::is_slowed(const rollout::AttemptId& id) const {
  const auto found = states_.find(id);
  return found != states_.end() && found->second.is_slowed;
}

bool LoadTruth::stands_still(const rollout::AttemptId& id,
                             const std::optional<ThrottleSettings>& settings) const {
  return settings && is_slowed(id) && settings->slow_to.is_none();
}

std::optional<Rate> LoadTruth::at_most(const rollout::AttemptId& id,
                                       const std::optional<ThrottleSettings>& settings,
                                       const PhaseTruth& phase) const {
  if (phase.paused) return Rate{};
  if (!settings) return phase.rate;
  std::optional<Rate> rate = lesser(phase.rate, settings->rate);
  if (is_slowed(id)) rate = lesser(rate, settings->slow_to);
  return rate;
}

}  // namespace exo

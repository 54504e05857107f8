#include "tests/soak/schedule.h"

#include <array>
#include <utility>

namespace exo::soak {
namespace {

// Deeds for which one stays stopped at most.
constexpr std::size_t kLongestStop = 8;
constexpr std::array kChosen = {Deed::kStop, Deed::kKill, Deed::kDrain};

}  // namespace

Schedule::Schedule(std::vector<Place> places, std::uint64_t seed)
    : places_(std::move(places)), states_(places_.size()), random_(seed) {}

Schedule::Next Schedule::next() {
  ++deeds_;
  for (std::size_t place = 0; place < places_.size(); ++place) {
    State& state = states_[place];
    if (state.stopped && state.go_on_at <= deeds_) {
      state.stopped = false;
      return {Deed::kGoOn, place};
    }
  }
  const Next next = choose();
  State& state = states_[next.place];
  state.stopped = next.deed == Deed::kStop;
  if (state.stopped) state.go_on_at = deeds_ + 1 + random_.below(kLongestStop);
  return next;
}

// A third each of stopping, killing and draining, where the place allows it.
Schedule::Next Schedule::choose() {
  while (true) {
    const Deed deed = kChosen.at(random_.below(kChosen.size()));
    const std::size_t place = random_.below(places_.size());
    if (may(deed, place)) return {deed, place};
  }
}

bool Schedule::may(Deed deed, std::size_t place) const {
  switch (deed) {
    case Deed::kStop:
      return !states_[place].stopped && another_runs(place);
    case Deed::kKill:
      return !places_[place].keeps_its_instance && another_runs(place);
    case Deed::kDrain:
      return !places_[place].keeps_its_instance && places_[place].drains && !states_[place].stopped &&
             another_runs(place);
    case Deed::kGoOn:
      return states_[place].stopped;
  }
  return false;
}

bool Schedule::another_runs(std::size_t place) const {
  for (std::size_t other = 0; other < places_.size(); ++other) {
    if (other != place && places_[other].role == places_[place].role && !states_[other].stopped) return true;
  }
  return false;
}

}  // namespace exo::soak

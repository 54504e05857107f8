// What is done to the processes of the soak, one deed after another, as a seed decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/random.h"

namespace exo::soak {

enum class Deed : std::uint8_t {
  kKill,   // SIGKILL; another instance takes the place at once
  kStop,   // SIGSTOP
  kGoOn,   // SIGCONT
  kDrain,  // SIGTERM; another instance takes the place once it has ended
};
inline constexpr std::size_t kDeeds = 4;

// A place in the fleet, in which one instance after another lives.
struct Place {
  std::string role;
  bool keeps_its_instance =
      false;  // which is stopped at times, and not killed or drained: its memory is watched
  bool drains = true;
};

// Chooses deeds. The same seed gives the same deeds for the same places, whatever becomes of them. Of each
// role there is always an instance that is not stopped, so that messages move; each has three places or more,
// so that there is always something to do. A pure value.
class Schedule {
 public:
  struct Next {
    Deed deed = Deed::kKill;
    std::size_t place = 0;
  };

  Schedule(std::vector<Place> places, std::uint64_t seed);

  Next next();
  const std::vector<Place>& places() const { return places_; }

 private:
  struct State {
    bool stopped = false;
    std::uint64_t go_on_at = 0;  // the count of deeds at which it goes on; set exactly while it is stopped
  };

  bool may(Deed deed, std::size_t place) const;
  Next choose();
  bool another_runs(std::size_t place) const;

  std::vector<Place> places_;
  std::vector<State> states_;
  Random random_;
  std::uint64_t deeds_ = 0;
};

}  // namespace exo::soak

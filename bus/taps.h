// Those who look at messages as they flow.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bus/now.h"
#include "bus/outbox.h"
#include "bus/watch_messages.h"

namespace exo::routing {

struct Instance;

// Each asker has one tap: it asks for what has come since it asked last, is answered as soon as there is
// something, and asks again. What comes faster than it asks is kept up to a limit; beyond it messages are
// counted and left out, and nothing waits. Costs nothing while nobody taps. One thread.
class Taps {
 public:
  static constexpr std::size_t kLimitBytes = 4 * 1024 * 1024;  // kept for one tap that is slow
  static constexpr std::size_t kLimit = 64;                    // taps; each message is looked at by all
  static constexpr std::chrono::seconds kEmptyAfter{10};       // an answer without messages: the tap lives

  explicit Taps(Outbox& outbox) : outbox_(outbox) {}

  bool any() const { return !taps_.empty(); }
  // Begins the tap of this asker, or goes on with it. False where there are too many.
  [[nodiscard]] bool ask(const Instance& asker, const TapFilter& filter, const HeaderView& question,
                         MonotonicTime now);
  void forget(const Instance& asker);

  void see(const SeenMessage& message);
  // Answers who has asked and for whom there is something.
  void answer(const Now& now);

 private:
  struct Tap {
    const Instance* asker = nullptr;
    TapFilter filter;
    std::string question;  // the id of what is not answered yet; empty: none is
    std::string name;
    MonotonicTime asked{};
    std::string messages;
    std::uint32_t count = 0;
    std::uint64_t left_out = 0;
  };

  void answer(Tap& tap, const Now& now);

  Outbox& outbox_;
  std::vector<Tap> taps_;
  std::uint64_t answers_ = 0;
};

}  // namespace exo::routing

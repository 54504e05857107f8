// Lines for the log about what peers do wrong, held back when there are too many.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "bus/now.h"
#include "bus/outbox.h"

namespace exo::routing {

// What a notice is about; each kind has its own rate.
enum class NoticeKind : std::uint8_t {
  kMalformed,
  kDroppedReply,
  kDroppedMessage,
  kLostPeer,
  kUnknownSequence,
  kForgottenRequest,
  kOverloaded,
  kTurnedAway,
  kNotAdmitted,
};

// Reports the first notice of a kind at once, further ones at most once a second: the last one then, with the
// count of those that it stands for. Nothing goes uncounted. One thread.
class Notices {
 public:
  explicit Notices(Outbox& outbox) : outbox_(outbox) {}

  void add(NoticeKind kind, std::string text, MonotonicTime now);
  // Reports what was held back and is due.
  void tick(MonotonicTime now);
  bool pending() const;

 private:
  static constexpr std::size_t kKinds = 9;
  struct Held {
    std::string text;
    std::uint64_t count = 0;
    MonotonicTime quiet_until{};
  };
  void report(Held& held, MonotonicTime now);

  Outbox& outbox_;
  std::array<Held, kKinds> held_;
};

}  // namespace exo::routing

// Sees every message that the router moves: counts it, remembers its hop, and shows it to those who tap.
//
// The parts of the router tell the Watch what they do, in one call where they do it; it changes nothing of
// what they decide. Counting costs some additions a message and allocates nothing once a route is known.
#pragma once

#include <string_view>
#include <vector>

#include "bus/fleet.h"
#include "bus/load_gauges.h"
#include "bus/meters.h"
#include "bus/notices.h"
#include "bus/taps.h"
#include "bus/trace_ring.h"

namespace exo::routing {

// One thread. Owns the meters, the gauges, the ring and the taps.
class Watch {
 public:
  static constexpr std::size_t kTracedHops = 5'000;  // of one activity in one answer: two megabytes

  Watch(Fleet& fleet, Outbox& outbox, const Now& now, std::size_t traced_hops = TraceRing::kHops)
      : fleet_(fleet), outbox_(outbox), ring_(traced_hops), taps_(outbox), now_(now) {}

  // ---- what has been done

  // The command is taken over; what caused it is what its sender says, else a command of the same activity
  // that its sender has in hand.
  void taken(Command& command, std::string_view caused_by);
  // The leg is to be placed for the first time.
  void begun(Leg& leg);
  // The leg has come into a queue, or has left it; its state says which.
  void queued(Leg& leg);
  void left_queue(Leg& leg);
  void delivered(Leg& leg, std::string_view receiver_name, const Payload& payload);
  void handled(const Leg& leg);
  // Of what fails more than once the first counts: who is late with its answer may fail, too, or be lost.
  void failed(Leg& leg, std::string_view code, std::string_view reason);
  // Whoever had it owed an answer when its deadline passed.
  void unanswered(Leg& leg);
  // `name` is the public one.
  void replied(const Instance& replier, Leg& leg, const HeaderView& reply, std::string_view name,
               const Payload& payload);
  void refused(const Instance& sender, const HeaderView& header, std::string_view code,
               std::string_view reason);
  void passed_to_exo(const Instance& sender, const HeaderView& header, const Payload& payload);

  // ---- what is asked

  // Answers `exo.tap` and `exo.trace` of an operator. False: it is neither.
  bool answer(Instance& asker, const HeaderView& header, const Payload& payload);
  void forget(const Instance& asker) { taps_.forget(asker); }
  // To be called when the input is worked off, and now and then besides.
  void answer_taps() {
    if (taps_.any()) taps_.answer(now_);
  }
  Traffic traffic() const { return meters_.report(); }
  // See LoadGauges::measure.
  std::vector<LoadReport> measure_load(const std::vector<LoadQuestion>& questions) {
    return gauges_.measure(questions, fleet_, now_);
  }

 private:
  Meter& meter_of(const Leg& leg);
  const std::string* receiver_name_of(Leg& leg, std::string_view name);
  Hop& new_hop(const HashedId& activity, std::string_view id);
  void trace(Instance& asker, const HeaderView& header, std::string_view activity);
  void refuse(const Instance& asker, const HeaderView& header, std::string_view code,
              std::string_view reason);
  SeenMessage seen(Kind kind, const Leg& leg) const;

  Fleet& fleet_;
  Outbox& outbox_;
  Meters meters_;
  TraceRing ring_;
  Taps taps_;
  LoadGauges gauges_;
  const Now& now_;
  std::uint64_t answers_ = 0;
};

}  // namespace exo::routing

// Replies on their way back to who asked.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "bus/outcomes.h"

namespace exo::routing {

// Whether this message of a script says that a phase is done, or saves a checkpoint: it then waits for all
// commands before it.
bool is_barrier(std::string_view name);

// Routes replies and the flow control of streamed ones by the command that they answer: only who was asked
// may reply, and only to the asker. One thread.
class Replies {
 public:
  Replies(Commands& commands, Fleet& fleet, Outcomes& outcomes, Outbox& outbox, Notices& notices,
          Watch& watch, const Now& now)
      : commands_(commands),
        fleet_(fleet),
        outcomes_(outcomes),
        outbox_(outbox),
        notices_(notices),
        watch_(watch),
        now_(now) {}

  // How many pages a replier may send beyond those that its asker takes.
  static constexpr std::uint64_t kPagesBeyond = 8;

  // A reply that nobody waits for is dropped with a notice; where more pages would follow, its sender is
  // told. The Error says what the replier may not do; its asker has heard then that there is no answer.
  Result<void> reply(Instance& replier, const HeaderView& header, Payload&& payload);
  // The asker takes more pages: goes to whoever replies.
  void window(Instance& asker, const HeaderView& header);

 private:
  void to_asker(const Instance& replier, Leg& leg, const HeaderView& header, Payload&& payload);
  // The part of a command that this reply answers; null where nobody waits for it, which is then dealt with.
  Leg* leg_answered_by(Instance& replier, const HeaderView& header);
  static Result<void> check_room(const Instance& replier, Leg& leg, const HeaderView& header,
                                 const Payload& payload);
  void to_exo(Instance& replier, Leg& leg, const HeaderView& header, Payload&& payload);
  void drop(Instance& replier, const HeaderView& header);
  // The replier's part of the command; null where it was not asked, or has had its last word.
  static Leg* open_leg(Command& command, const Instance& replier);

  Commands& commands_;
  Fleet& fleet_;
  Outcomes& outcomes_;
  Outbox& outbox_;
  Notices& notices_;
  Watch& watch_;
  const Now& now_;
};

}  // namespace exo::routing

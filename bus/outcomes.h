// What becomes of commands, and who is told.
#pragma once

#include <cstddef>
#include <string_view>

#include "bus/leg_places.h"
#include "bus/notices.h"

namespace exo::routing {

// Settles legs. A command's sender gets an error for the first leg that fails, and a `delivered` when all
// legs of an acknowledged command are handled; the script that the command counts for is kept up to date; the
// record is given back when nothing is awaited any more. After a call that settles a leg, the leg and its
// command may be gone. One thread.
//
// A request has one end. The role that begins to answer first answers it: its last reply is the end, or its
// failure. Before that, a role that fails is no end while another has not completed its handler, and so may
// still answer. A script's command has failed with the first role that fails, whoever answers.
class Outcomes {
 public:
  // How many settled commands are kept because a reply may still come, all senders together.
  static constexpr std::size_t kUnansweredLimit = 200'000;

  Outcomes(Commands& commands, Fleet& fleet, LegPlaces& places, FlowControl& flow, Outbox& outbox,
           Notices& notices, Watch& watch, const Now& now, std::size_t unanswered_limit = kUnansweredLimit)
      : commands_(commands),
        fleet_(fleet),
        places_(places),
        flow_(flow),
        outbox_(outbox),
        notices_(notices),
        watch_(watch),
        now_(now),
        unanswered_limit_(unanswered_limit) {}

  // The receiver's handler has completed.
  void handled(Leg& leg);
  // The leg will not be handled: its receiver failed or died, or it never had one.
  void failed(Leg& leg, std::string_view code, std::string_view reason);
  // The leg comes to nothing because nobody is left who could be told.
  void abandoned(Leg& leg);
  // The last reply has gone to the asker, or no reply is wanted any more.
  void close_reply(Command& command);
  // No reply is wanted any more, and those who would have sent one hear that they need not.
  void give_up_reply(Command& command);
  // Its sender sends it again, and its answer, or error, went to a connection that is lost.
  void answer_missed(Command& command);
  // Its answer is more than may be kept: whoever asked gets `overloaded`, and what still comes is dropped.
  void overran(Leg& leg, std::string_view reason);
  // The instance that was to reply has gone.
  void answer_lost(Leg& leg, std::string_view reason);

  // Answers a command that was not taken over. `scope` is the script that it counts for, null for none.
  void refuse(Instance& sender, const HeaderView& command, ScriptScope* scope, std::string_view code,
              std::string_view reason);

 private:
  void end(const Leg& leg, const Failure& failure);
  void tell_sender(const Command& command, std::string_view code, std::string_view reason);
  void tell_failure(const Command& command, const Leg& leg, std::string_view code, std::string_view reason);
  void settle_copy(const Leg& leg, bool applied);
  void settle(Leg& leg);
  void settle_one(Command& command);
  void tell_replayed(const Command& command);
  void finish(Command& command);
  void bound_unanswered();

  Commands& commands_;
  Fleet& fleet_;
  LegPlaces& places_;
  FlowControl& flow_;
  Outbox& outbox_;
  Notices& notices_;
  Watch& watch_;
  const Now& now_;
  std::size_t unanswered_limit_;
};

}  // namespace exo::routing

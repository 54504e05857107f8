// The commands that were delivered to a relay and are not completed yet, with their replies on the way.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "bus/relays/cpp/completed_commands.h"
#include "bus/relays/cpp/reply.h"
#include "bus/wire/payload.h"

namespace exo::relaying {

// What Answering needs from the relay around it.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void send_reply(const HeaderView& header, Payload payload) = 0;
  virtual void send_failed(std::uint64_t sequence, std::string_view code, std::string_view reason) = 0;
  // For a page that waits. The error code is `overloaded`.
  virtual Result<void> take_room(std::size_t bytes, std::string_view name) = 0;
  virtual void give_room(std::size_t bytes) = 0;
  // How many bytes the payload of a reply may have.
  virtual std::size_t frame_limit() const = 0;
  // Whether a reply of this name may go now. False: the sink keeps it until it may, and sends it itself.
  virtual bool hold_back(const std::shared_ptr<PendingAnswer>& pending, std::string_view name,
                         const Value& payload, bool more) = 0;
};

inline constexpr std::uint64_t kPagesUnasked = 8;  // that a replier may send before its asker asks for more

// One delivered command and its reply. Shared by its Reply handle and by Answering.
struct PendingAnswer {
  // Null at the relay's end, and after a lost connection where the command is not acknowledged: the handle is
  // then without effect.
  Answering* owner = nullptr;
  std::uint64_t sequence = 0;  // of its delivery; 0: acknowledged, and its connection is lost
  std::vector<std::uint64_t> further_sequences;  // of other deliveries of the same command
  std::string id;
  std::string name;
  std::string activity_id;
  Expects expects = Expects::kNone;
  bool unbounded = false;  // the host takes replies without a window
  bool completed = false;  // handled or failed was reported, or will be when the pages have gone
  bool answered = false;   // the last reply was given
  bool cancelled = false;  // nobody wants the reply any more
  std::function<void()> on_cancelled;

  bool acknowledged = false;
  // Of an acknowledged command: whether `given` holds the whole reply so far.
  bool remembers = false;
  std::vector<ReplyPage> given;
  std::size_t given_bytes = 0;

  // Pages: sent so far, allowed in all, and those given before they are allowed.
  bool in_pages = false;  // exactly when Answering's in_pages_ has it
  std::uint64_t pages_sent = 0;
  std::uint64_t pages_allowed = kPagesUnasked;
  std::deque<ReplyPage> waiting;
  std::optional<MonotonicTime> stalled;  // since when its asker takes no page
  std::string stream_name;
  PageSource source;  // set while a stream is being made
};

// Keeps the account of delivered commands: each is reported exactly once, as handled or failed, when its
// replies have gone. For one thread; the sink must outlive it.
//
// An acknowledged command is run once: delivered again while it runs it is completed with the one that runs,
// delivered again after that it is answered from memory. One that runs when the connection is lost goes on,
// and its reply waits for that delivery. What failed, or what had too long a reply to be remembered, runs
// again.
class Answering {
 public:
  using Pending = std::shared_ptr<PendingAnswer>;

  Answering(AnswerSink& sink, CompletedCommands::Limits limits, std::chrono::milliseconds stall_limit)
      : sink_(sink), completed_(limits), stall_limit_(stall_limit) {}
  ~Answering() { abandon_all(); }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

  // Whether this is an acknowledged command that was delivered before; it is then taken care of.
  bool delivered_again(const HeaderView& header);
  // A command has been delivered. The handle goes to its handler.
  Pending begin(const HeaderView& header);
  static Reply handle_for(const Pending& pending) { return Reply(pending); }

  // What a handle (or the relay) says; each does nothing when the command is completed.
  // An Error is for one of several: `overloaded`, where too much waits. A last reply then fails the command.
  Result<void> reply(const Pending& pending, std::string_view name, const Value& payload, bool more);
  void stream(const Pending& pending, std::string_view name, PageSource source);
  void complete(const Pending& pending);
  void fail(const Pending& pending, std::string_view code, std::string_view reason);
  // The handle is gone.
  void released(const Pending& pending);
  // Sends a reply that the sink had held back.
  Result<void> reply_now(const Pending& pending, std::string_view name, const Value& payload, bool more);

  // The asker wants no reply any more. Ends its stream, tells the handler; its completion is reported as
  // usual.
  void cancel(std::string_view id);
  // The asker takes `pages` in all.
  void set_window(std::string_view id, std::uint64_t pages);
  // The asker has gone. False when no reply to this command is on its way.
  bool asker_gone(std::string_view id);
  // Fails commands whose asker has taken no page for so long that it has lost interest without saying so.
  void give_up_stalled(MonotonicTime now);
  // Makes and sends one page of the stream whose turn it is. False when none could go on.
  bool advance_one_stream();

  // The sequences of commands handled since the last call.
  void take_handled(std::vector<std::uint64_t>& sequences);
  std::size_t handled() const { return handled_.size(); }
  std::size_t under_way() const { return under_way_; }
  // The connection is gone: nothing that it delivered is to be answered any more.
  void connection_lost();
  // The relay is at its end.
  void abandon_all();

 private:
  Result<void> give(const Pending& pending, std::string_view name, Payload payload, bool more);
  Result<void> keep(const Pending& pending, std::string_view name, Payload payload, bool more);
  void drop_waiting(PendingAnswer& pending);
  void remember(PendingAnswer& pending, std::string_view name, const Payload& payload, bool more);
  void stop_remembering(PendingAnswer& pending);
  void deliver_to(const Pending& running, const HeaderView& header);
  void answer_from(const std::vector<ReplyPage>& reply, const HeaderView& header);
  void abandon(PendingAnswer& pending);
  void enter_pages(const Pending& pending);
  Pending find(std::string_view id) const;
  void send_page(PendingAnswer& pending, std::string_view name, Payload payload, bool more);
  bool has_room(const PendingAnswer& pending) const {
    return pending.sequence != 0 && (pending.unbounded || pending.pages_sent < pending.pages_allowed);
  }
  void send_waiting(const Pending& pending);
  void make_page(const Pending& pending);
  void report_handled(PendingAnswer& pending);
  void forget(PendingAnswer& pending);

  AnswerSink& sink_;
  CompletedCommands completed_;
  std::chrono::milliseconds stall_limit_;
  MonotonicTime next_stall_check_{};
  std::unordered_map<std::uint64_t, Pending> all_;     // by sequence
  std::unordered_map<std::string, Pending> running_;   // by command id: those that are acknowledged
  std::unordered_map<std::string, Pending> in_pages_;  // by command id: those with a window
  std::deque<Pending> streams_;                        // whose turn comes round
  std::vector<std::uint64_t> handled_;
  std::size_t under_way_ = 0;
  std::size_t given_bytes_ = 0;  // of all that run
};

// A payload in the content type that replies have.
Payload encode_payload(const Value& value);

}  // namespace exo::relaying

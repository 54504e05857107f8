// The commands that were delivered to a relay and are not completed yet, with their replies on the way.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/relays/cpp/reply.h"
#include "bus/wire/payload.h"

namespace exo::relaying {

// What Answering needs from the relay around it.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void send_reply(const HeaderView& header, Payload payload) = 0;
  virtual void send_failed(std::uint64_t sequence, std::string_view code, std::string_view reason) = 0;
  // Whether a reply of this name may go now. False: the sink keeps it until it may, and sends it itself.
  virtual bool hold_back(const std::shared_ptr<PendingAnswer>& pending, std::string_view name,
                         const Value& payload, bool more) = 0;
};

// One delivered command and its reply. Shared by its Reply handle and by Answering.
struct PendingAnswer {
  // Null after a lost connection or at the relay's end: the handle is then without effect.
  Answering* owner = nullptr;
  std::uint64_t sequence = 0;
  std::string id;
  std::string name;
  std::string activity_id;
  Expects expects = Expects::kNone;
  bool unbounded = false;  // the host takes replies without a window
  bool completed = false;  // handled or failed was reported, or will be when the pages have gone
  bool answered = false;   // the last reply was given

  // Pages: sent so far, allowed in all, and those given before they are allowed.
  struct WaitingPage {
    std::string name;
    Payload payload;
    bool more = false;
  };
  std::uint64_t pages_sent = 0;
  std::uint64_t pages_allowed = 8;
  std::deque<WaitingPage> waiting;
  std::string stream_name;
  PageSource source;  // set while a stream is being made
};

// Keeps the account of delivered commands: each is reported exactly once, as handled or failed, when its
// replies have gone. For one thread; the sink must outlive it.
class Answering {
 public:
  using Pending = std::shared_ptr<PendingAnswer>;

  explicit Answering(AnswerSink& sink) : sink_(sink) {}
  ~Answering() { abandon_all(); }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

  // A command has been delivered. The handle goes to its handler.
  Pending begin(const HeaderView& header);
  static Reply handle_for(const Pending& pending) { return Reply(pending); }

  // What a handle (or the relay) says; each does nothing when the command is completed.
  void reply(const Pending& pending, std::string_view name, const Value& payload, bool more);
  void stream(const Pending& pending, std::string_view name, PageSource source);
  void complete(const Pending& pending);
  void fail(const Pending& pending, std::string_view code, std::string_view reason);
  // The handle is gone.
  void released(const Pending& pending);
  // Sends a reply that the sink had held back.
  void reply_now(const Pending& pending, std::string_view name, const Value& payload, bool more);

  // The asker takes `pages` in all.
  void set_window(std::string_view id, std::uint64_t pages);
  // The asker has gone. False when no reply to this command is on its way.
  bool asker_gone(std::string_view id);
  // Makes and sends one page of the stream whose turn it is. False when none could go on.
  bool advance_one_stream();

  // The sequences of commands handled since the last call.
  void take_handled(std::vector<std::uint64_t>& sequences);
  bool has_handled() const { return !handled_.empty(); }
  std::size_t under_way() const { return under_way_; }
  // The connection is gone: nothing is to be answered any more.
  void abandon_all();

 private:
  void give(const Pending& pending, std::string_view name, Payload payload, bool more);
  void send_page(PendingAnswer& pending, std::string_view name, Payload payload, bool more);
  bool has_room(const PendingAnswer& pending) const {
    return pending.unbounded || pending.pages_sent < pending.pages_allowed;
  }
  void send_waiting(const Pending& pending);
  void make_page(const Pending& pending);
  void report_handled(PendingAnswer& pending);
  void forget(PendingAnswer& pending);

  AnswerSink& sink_;
  std::unordered_map<std::uint64_t, Pending> all_;     // by sequence
  std::unordered_map<std::string, Pending> in_pages_;  // by command id: those with a window
  std::deque<Pending> streams_;                        // whose turn comes round
  std::vector<std::uint64_t> handled_;
  std::size_t under_way_ = 0;
  std::string page_bytes_;  // reused
};

// A payload in the content type that replies have.
Payload encode_payload(const Value& value);

}  // namespace exo::relaying

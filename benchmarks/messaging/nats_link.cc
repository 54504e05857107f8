// NATS with its own client in C. Each message is written at once (SendAsap); in the mode `buffered` by the
// client's flusher, which gathers for up to a millisecond. An answer's subject tells which request it is to,
// as with the client's own requests.
#include <nats/nats.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>
#include <utility>

#include "benchmarks/messaging/link.h"

namespace exo::messaging {

namespace {

constexpr std::int64_t kLongWaitMs = 1000;
// Handled before whoever called turn() has its own turn.
constexpr int kMessagesPerTurn = 256;

void check(natsStatus status, const char* call) {
  if (status != NATS_OK) throw std::runtime_error(std::string(call) + ": " + natsStatus_GetText(status));
}

class NatsLink final : public Link {
 public:
  NatsLink(const Place& place, Callbacks callbacks) : part_(place.part), callbacks_(std::move(callbacks)) {
    connect(place);
    inbox_ = "inbox." + std::to_string(::getpid()) + ".";
    if (part_ == Part::kAsker) subscribe(inbox_ + "*");
    if (part_ == Part::kAnswerer) subscribe("echo");
    if (part_ == Part::kReceiver) subscribe("note");
    check(natsConnection_Flush(connection_), "flush");
  }
  ~NatsLink() override {
    natsSubscription_Destroy(subscription_);
    natsConnection_Destroy(connection_);
  }

  void ask(std::uint64_t number, std::string_view payload) override {
    const std::string reply = inbox_ + std::to_string(number);
    check(natsConnection_PublishRequest(connection_, "echo", reply.c_str(), payload.data(), size_of(payload)),
          "publish");
  }

  bool send(std::string_view payload) override {
    check(natsConnection_Publish(connection_, "note", payload.data(), size_of(payload)), "publish");
    return true;
  }

  void turn(Wait wait) override {
    if (subscription_ == nullptr) return;
    std::int64_t wait_ms = wait == Wait::kNo ? 0 : kLongWaitMs;
    for (int i = 0; i < kMessagesPerTurn; ++i) {
      natsMsg* message = nullptr;
      const natsStatus status = natsSubscription_NextMsg(&message, subscription_, wait_ms);
      if (status == NATS_TIMEOUT) return;
      check(status, "next message");
      take(message);
      natsMsg_Destroy(message);
      wait_ms = 0;
    }
  }

  bool all_sent() override { return true; }
  void finish() override { check(natsConnection_Flush(connection_), "flush"); }

 private:
  static int size_of(std::string_view payload) { return static_cast<int>(payload.size()); }

  void connect(const Place& place) {
    natsOptions* options = nullptr;
    check(natsOptions_Create(&options), "options");
    check(natsOptions_SetURL(options, place.address.c_str()), "URL");
    if (place.mode != "buffered") check(natsOptions_SetSendAsap(options, true), "SendAsap");
    const natsStatus status = natsConnection_Connect(&connection_, options);
    natsOptions_Destroy(options);
    check(status, "connect");
  }

  // Without its own limits: what it has no room for the client drops.
  void subscribe(const std::string& subject) {
    check(natsConnection_SubscribeSync(&subscription_, connection_, subject.c_str()), "subscribe");
    check(natsSubscription_SetPendingLimits(subscription_, -1, -1), "limits");
  }

  void take(natsMsg* message) {
    const std::string_view payload(natsMsg_GetData(message),
                                   static_cast<std::size_t>(natsMsg_GetDataLength(message)));
    if (part_ == Part::kReceiver) return callbacks_.on_message(payload);
    if (part_ == Part::kAnswerer) {
      return check(
          natsConnection_Publish(connection_, natsMsg_GetReply(message), payload.data(), size_of(payload)),
          "publish");
    }
    const std::string_view subject = natsMsg_GetSubject(message);
    std::uint64_t number = 0;
    std::from_chars(subject.data() + inbox_.size(), subject.data() + subject.size(), number);
    callbacks_.on_answer(number, payload);
  }

  Part part_;
  Callbacks callbacks_;
  std::string inbox_;
  natsConnection* connection_ = nullptr;
  natsSubscription* subscription_ = nullptr;
};

}  // namespace

std::unique_ptr<Link> open_link(const Place& place, Link::Callbacks callbacks) {
  return std::make_unique<NatsLink>(place, std::move(callbacks));
}

}  // namespace exo::messaging

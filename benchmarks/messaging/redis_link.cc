// Redis by publish and subscribe, over its unix socket, with hiredis. One connection listens, another
// publishes; what a PUBLISH returns is read before the next, when it has long come.
#include <hiredis/hiredis.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "benchmarks/messaging/link.h"
#include "benchmarks/messaging/numbered_payload.h"

namespace exo::messaging {

namespace {

// PUBLISH commands written at a time where nobody waits for them.
constexpr int kBatch = 64;

struct Freer {
  void operator()(redisContext* context) const { redisFree(context); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Context = std::unique_ptr<redisContext, Freer>;
using Reply = std::unique_ptr<redisReply, Freer>;

void check(bool succeeded, const Context& context) {
  if (!succeeded) throw std::runtime_error(std::string("redis: ") + context->errstr);
}

Context connect_to_redis(const std::string& path) {
  Context context(redisConnectUnix(path.c_str()));
  if (!context) throw std::runtime_error("redis: no memory");
  check(context->err == 0, context);
  return context;
}

class RedisLink final : public Link {
 public:
  RedisLink(const Place& place, Callbacks callbacks)
      : part_(place.part), callbacks_(std::move(callbacks)), publishing_(connect_to_redis(place.address)) {
    if (part_ == Part::kAsker) subscribe(place, "echoed");
    if (part_ == Part::kAnswerer) subscribe(place, "echo");
    if (part_ == Part::kReceiver) subscribe(place, "note");
  }

  void ask(std::uint64_t, std::string_view payload) override { publish_now("echo", payload); }

  bool send(std::string_view payload) override {
    append("note", payload);
    if (unread_ >= kBatch) {
      write();
      read_results();
    }
    return true;
  }

  void turn(Wait wait) override {
    if (!listening_ || wait == Wait::kNo) return;
    void* next = nullptr;
    check(redisGetReply(listening_.get(), &next) == REDIS_OK, listening_);
    while (next != nullptr) {
      take(Reply(static_cast<redisReply*>(std::exchange(next, nullptr))));
      check(redisGetReplyFromReader(listening_.get(), &next) == REDIS_OK, listening_);
    }
  }

  bool all_sent() override {
    write();
    read_results();
    return true;
  }
  void finish() override {}

 private:
  void subscribe(const Place& place, const char* channel) {
    listening_ = connect_to_redis(place.address);
    const Reply subscribed(static_cast<redisReply*>(redisCommand(listening_.get(), "SUBSCRIBE %s", channel)));
    check(subscribed != nullptr, listening_);
  }

  void append(const char* channel, std::string_view payload) {
    std::array<const char*, 3> words{"PUBLISH", channel, payload.data()};
    const std::array<std::size_t, 3> sizes{7, std::strlen(channel), payload.size()};
    check(redisAppendCommandArgv(publishing_.get(), 3, words.data(), sizes.data()) == REDIS_OK, publishing_);
    ++unread_;
  }
  void write() {
    int done = 0;
    while (done == 0) check(redisBufferWrite(publishing_.get(), &done) == REDIS_OK, publishing_);
  }
  void read_results() {
    for (; unread_ > 0; --unread_) {
      void* result = nullptr;
      check(redisGetReply(publishing_.get(), &result) == REDIS_OK, publishing_);
      const Reply taken(static_cast<redisReply*>(result));
    }
  }
  void publish_now(const char* channel, std::string_view payload) {
    read_results();
    append(channel, payload);
    write();
  }

  void take(const Reply& message) {
    if (message->type != REDIS_REPLY_ARRAY || message->elements != 3)
      throw std::runtime_error("redis: no message");
    const std::string_view payload(message->element[2]->str, message->element[2]->len);
    if (part_ == Part::kReceiver) return callbacks_.on_message(payload);
    if (part_ == Part::kAnswerer) return publish_now("echoed", payload);
    Mark mark;
    if (payload.size() < sizeof mark) throw std::runtime_error("a message that is too short");
    std::memcpy(&mark, payload.data(), sizeof mark);
    callbacks_.on_answer(mark.number, payload);
  }

  Part part_;
  Callbacks callbacks_;
  Context publishing_;
  Context listening_;
  int unread_ = 0;
};

}  // namespace

std::unique_ptr<Link> open_link(const Place& place, Link::Callbacks callbacks) {
  return std::make_unique<RedisLink>(place, std::move(callbacks));
}

}  // namespace exo::messaging

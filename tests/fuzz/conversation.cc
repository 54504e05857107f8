#include "tests/fuzz/conversation.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "tests/fuzz/watched_router.h"

namespace exo {
namespace {

constexpr std::array<std::string_view, 14> kNames{"a.do",
                                                  "b.do",
                                                  "both.do",
                                                  "do it",
                                                  "a.doo",
                                                  "exo.status",
                                                  "exo.tap",
                                                  "exo.trace",
                                                  "deployment-b-2.0.0-offline-done",
                                                  "done",
                                                  "",
                                                  "deployment-b-2.0.0-online-checkpoint",
                                                  "a.do\x01",
                                                  "deployment-b-2.0.0-offline-progress"};
constexpr std::array<std::string_view, 6> kActivities{"", "rollout", "one", "two", "three", "four"};
constexpr std::array<std::string_view, 7> kPins{"", "", "1.0.0", "2.0.0", "^1.0.0", ">=0.1 <9", "no version"};
constexpr std::array<Kind, 7> kOtherKinds{Kind::kRegister, Kind::kRegistered, Kind::kRoutes,   Kind::kCredit,
                                          Kind::kError,    Kind::kPong,       Kind::kDelivered};

// Takes bytes from the front, and none where none are left.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::uint8_t number() {
    return bytes_.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(take(1)[0]);
  }
  bool flag() { return number() % 2 == 1; }
  std::string_view text(std::size_t size) {
    const auto taken = take(size);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  template <typename Choices>
  auto one_of(const Choices& choices) {
    return choices.at(number() % choices.size());
  }

 private:
  std::span<const std::byte> take(std::size_t size) {
    const auto taken = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

  std::span<const std::byte> bytes_;
};

// One conversation: what happens on the bus, as the bytes choose.
class Conversation {
 public:
  // One in four has a first table of its own, so that whoever uses it when it is gone is found.
  explicit Conversation(std::span<const std::byte> bytes)
      : reader_(bytes),
        router_(bytes.size() % 4 == 0 ? WatchedRouter::FirstTable::kOwn
                                      : WatchedRouter::FirstTable::kShared) {}

  void hold() {
    for (std::size_t steps = 0; !reader_.empty() && steps < kLongest; ++steps) step();
    router_.settle();
  }

 private:
  static constexpr std::size_t kLongest = 400;

  void step();
  void message(std::uint8_t what);
  void pack();
  void host_step();
  void say(const HeaderView& header, std::string_view payload = {});
  void say_raw();
  void send(std::string_view header, std::string_view payload);
  void command();
  void reply();
  void handled();
  void failed();
  void answer(Kind kind);
  void exo_message();
  void replay();
  std::string_view some_id();

  Reader reader_;
  WatchedRouter router_;
  std::size_t slot_ = 0;
  PackWriter* packing_ = nullptr;  // null: each message goes by itself
  std::string id_;
  std::uint64_t last_id_ = 0;
};

// The first byte chooses what happens and, but for what the host does, who does it.
void Conversation::step() {
  const std::uint8_t what = reader_.number();
  slot_ = what / 16U % WatchedRouter::slots();
  switch (what % 16U) {
    case 3:
      return pack();
    case 11:
      return reader_.flag() ? say({.kind = Kind::kGoodbye}) : router_.reconnect(slot_);
    case 12:
      return router_.join(slot_, reader_.number() % 5U);
    case 14:
    case 15:
      return host_step();
    default:
      return message(what);
  }
}

// What a peer says.
void Conversation::message(std::uint8_t what) {
  switch (what % 16U) {
    case 4:
      return reply();
    case 5:
    case 6:
      return handled();
    case 7:
      return failed();
    case 8:
      return answer(Kind::kCancel);
    case 9:
      return answer(Kind::kWindow);
    case 10:
      return say({.kind = reader_.flag() ? Kind::kDrain : Kind::kPing});
    case 11:
      return say({.kind = Kind::kGoodbye});
    case 13:
      return say_raw();
    default:
      return command();
  }
}

// Several messages as one, in which bytes may be others or missing, or which is within another one.
void Conversation::pack() {
  const std::uint8_t how = reader_.number();
  PackWriter writer;
  packing_ = &writer;
  for (unsigned left = how % 8U; left > 0; --left) message(reader_.number());
  packing_ = nullptr;
  std::string bytes(writer.bytes());
  if ((how & 32U) != 0 && !bytes.empty()) {
    bytes[reader_.number() % bytes.size()] = static_cast<char>(reader_.number());
  }
  if ((how & 64U) != 0) bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size(), reader_.number()));
  if ((how & 128U) != 0) {
    writer.clear();
    writer.add(pack_header(), bytes);
    writer.add(pack_header(), {});
    bytes = writer.bytes();
  }
  router_.receive(slot_, pack_header(), bytes);
}

void Conversation::host_step() {
  constexpr std::array<Gate, 3> kGates{Gate::kHeld, Gate::kOpen, Gate::kDraining};
  const std::uint8_t what = reader_.number();
  switch (what % 8U) {
    case 0: {
      const std::uint8_t bits = reader_.number();
      return router_.set_gates({.newer = kGates.at(bits % 3U),
                                .older = kGates.at(bits / 4U % 3U),
                                .starting = (bits & 64U) != 0,
                                .script_runs = (bits & 128U) == 0,
                                .follows = (what & 64U) != 0,
                                .holds_back = (what & 128U) != 0});
    }
    case 1:
      return router_.pass(std::chrono::milliseconds(1U << reader_.number() % 24U));
    case 2:
      return (what & 64U) != 0 ? router_.record(what / 128U) : router_.drain_input();
    case 3:
      return router_.admit(slot_);
    case 4:
      return router_.dismiss(slot_);
    case 5:
      return router_.set_ready(slot_, reader_.flag());
    case 6:
      return router_.set_host_congested(reader_.flag());
    default:
      return (what & 128U) != 0 ? replay() : exo_message();
  }
}

void Conversation::replay() {
  router_.replay({.id = "replay-" + std::to_string(++last_id_),
                  .activity_id = "rollout",
                  .role = "b",
                  .version = "2.0.0",
                  .name = std::string(reader_.one_of(kNames)),
                  .payload = Payload(std::string_view("replayed"))});
}

// A frame as it ought to be, of which some bytes may be changed on the way.
void Conversation::say(const HeaderView& header, std::string_view payload) {
  std::string bytes;
  encode_header(header, bytes);
  for (std::uint8_t edits = reader_.number(); edits > 250; --edits) {
    bytes[reader_.number() % bytes.size()] = static_cast<char>(reader_.number());
  }
  send(bytes, payload);
}

void Conversation::say_raw() {
  const std::string_view header = reader_.text(reader_.number());
  send(header, reader_.text(reader_.number()));
}

void Conversation::send(std::string_view header, std::string_view payload) {
  if (packing_) return packing_->add(header, payload);
  router_.receive(slot_, header, payload);
}

// An id of its own, mostly.
void Conversation::command() {
  const std::uint8_t how = reader_.number();
  id_ = how < 224 ? "c-" + std::to_string(++last_id_) : std::string(router_.recent_id(how % 16U));
  HeaderView header{.kind = Kind::kCommand, .name = reader_.one_of(kNames), .id = id_};
  header.activity_id = reader_.one_of(kActivities);
  header.version = reader_.one_of(kPins);
  header.expects = static_cast<Expects>(how % 3U);
  header.redelivered = how % 8U == 7;
  const std::uint8_t wait = reader_.number();
  if (wait < 128) header.timeout_ms = std::uint64_t{1} << (wait % 64U);
  if (wait > 250) header.caused_by = router_.recent_id(wait % 4U);
  const std::string payload(reader_.number(), '\xc0');
  say(header, payload);
}

std::string_view Conversation::some_id() {
  const std::uint8_t which = reader_.number();
  return which < 200 ? router_.command_in_hand(slot_, which) : router_.recent_id(which);
}

void Conversation::reply() {
  id_ = "r-" + std::to_string(++last_id_);
  HeaderView header{.kind = Kind::kReply, .name = reader_.one_of(kNames), .id = id_};
  header.response_to = some_id();
  const std::uint8_t page = reader_.number();
  header.more = page % 2U == 1;
  header.page = page / 2U;
  say(header, reader_.text(reader_.number() % 8U));
}

void Conversation::handled() {
  std::vector<std::uint64_t> sequences = router_.in_hand(slot_);
  const std::uint8_t how = reader_.number();
  if (how >= 250) sequences.push_back(how - 249U);
  if (how < 128 && sequences.size() > 1) sequences.resize(1 + how % sequences.size());
  say({.kind = Kind::kHandled}, encode_sequences(sequences).text());
}

void Conversation::failed() {
  const std::vector<std::uint64_t> sequences = router_.in_hand(slot_);
  const std::uint8_t which = reader_.number();
  HeaderView header{.kind = Kind::kFailed};
  header.sequence = sequences.empty() || which > 250 ? which : sequences[which % sequences.size()];
  header.code = which % 2U == 0 ? "handler-failed" : "malformed";
  header.reason = "fuzzed";
  say(header);
}

void Conversation::answer(Kind kind) {
  HeaderView header{.kind = reader_.flag() ? kind : reader_.one_of(kOtherKinds)};
  header.response_to = router_.recent_id(reader_.number());
  header.pages = reader_.number();
  say(header);
}

void Conversation::exo_message() {
  constexpr std::array<Kind, 3> kKinds{Kind::kCommand, Kind::kReply, Kind::kError};
  ExoMessage message{.kind = reader_.one_of(kKinds)};
  message.instance = WatchedRouter::processes()[slot_ % WatchedRouter::processes().size()].name;
  message.name = "deployment-b-2.0.0-offline-start";
  message.activity_id = "rollout";
  if (message.kind == Kind::kCommand) {
    message.id = "exo-" + std::to_string(++last_id_);
    message.expects = static_cast<Expects>(reader_.number() % 3U);
  } else {
    message.response_to = std::string(router_.recent_id(reader_.number()));
    if (message.response_to.empty()) return;
    message.code = "handler-failed";
    message.reason = "fuzzed";
    message.more = reader_.flag();
  }
  router_.exo_sends(std::move(message));
}

}  // namespace

void exercise_conversation(std::span<const std::byte> bytes) {
  Conversation(bytes).hold();
}

}  // namespace exo

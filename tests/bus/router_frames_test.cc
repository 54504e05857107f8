// The fuzzer's function over seeded mutations of a conversation: a broken promise aborts, which fails the
// test.
#include "tests/fuzz/router_frames.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "bus/wire/control.h"
#include "bus/wire/header.h"

namespace exo {
namespace {

constexpr unsigned kSeed = 20261120;
constexpr int kConversations = 20'000;

std::string message(const HeaderView& header, std::string_view payload = {}) {
  std::string bytes;
  encode_header(header, bytes);
  std::string text(1, static_cast<char>(bytes.size()));
  text += bytes;
  text += static_cast<char>(payload.size());
  text += payload;
  return text;
}

// One step of exercise_router(): this peer (from 1) sends this.
std::string step(std::size_t peer, const HeaderView& header, std::string_view payload = {}) {
  return static_cast<char>(peer - 1) + message(header, payload);
}

// Who does what in a random conversation, most of it sensible.
class Conversation {
 public:
  explicit Conversation(unsigned seed) : random_(seed) {}

  std::string text() {
    std::string text;
    for (auto steps = dice(30) + 1; steps > 0; --steps) text += random_step();
    for (auto edits = dice(4); edits > 0; --edits) mutate(text);
    return text;
  }

 private:
  std::size_t dice(std::size_t sides) { return random_() % sides; }

  std::string random_step() {
    const std::size_t peer = dice(4) + 1;
    const std::string id = "id" + std::to_string(dice(6));
    switch (dice(13)) {
      case 12:
        return random_pack(peer);
      case 0:
        return step(peer, {.kind = Kind::kHandled}, encode_sequences({dice(8) + 1}).text());
      case 1:
        return step(peer, failed(dice(8) + 1));
      case 2:
        return step(peer, reply(id));
      case 3:
        if (dice(2) == 0) return step(peer, {.kind = Kind::kCancel, .response_to = id});
        return step(peer, {.kind = Kind::kWindow, .response_to = id, .pages = 9});
      case 4:
        return step(peer, {.kind = Kind::kDrain});
      case 5:
        return dice(4) == 0 ? step(peer, {.kind = Kind::kGoodbye}) : step(peer, {.kind = Kind::kPing});
      case 6:
        return {static_cast<char>(250 + dice(6)), static_cast<char>(dice(256))};
      case 7:
        return std::string(1, static_cast<char>(240 + dice(10)));
      case 8:
        return step(1, command("deployment-todo-1.0.0-offline-done", id));
      default:
        return step(peer, command("a", id));
    }
  }

  // Of commands and what handlers say of them; broken in every fourth.
  std::string random_pack(std::size_t peer) {
    const std::size_t count = dice(4);
    std::string text{static_cast<char>(230 + peer - 1), static_cast<char>(count)};
    for (std::size_t i = 0; i < count; ++i) {
      const std::string id = "id" + std::to_string(dice(6));
      text += std::array{message(command("a", id)), message(reply(id)),
                         message({.kind = Kind::kHandled}, encode_sequences({dice(8) + 1}).text()),
                         message({.kind = Kind::kPack})}
                  .at(dice(4));
    }
    return text + static_cast<char>(dice(4) == 0 ? dice(20) : 0);
  }

  HeaderView command(std::string_view name, const std::string& id) {
    HeaderView header;
    header.kind = Kind::kCommand;
    header.name = name;
    header.id = id;
    header.activity_id = dice(2) == 0 ? "x" : "y";
    header.expects = static_cast<Expects>(dice(3));
    return header;
  }

  HeaderView reply(const std::string& id) {
    HeaderView header;
    header.kind = Kind::kReply;
    header.name = "b";
    header.id = "reply";
    header.response_to = id;
    header.more = dice(2) == 0;
    return header;
  }

  static HeaderView failed(std::uint64_t sequence) {
    HeaderView header;
    header.kind = Kind::kFailed;
    header.sequence = sequence;
    header.code = "handler-failed";
    header.reason = "why not";
    return header;
  }

  void mutate(std::string& text) {
    const std::size_t at = dice(text.size());
    switch (dice(3)) {
      case 0:
        text[at] = static_cast<char>(dice(256));
        break;
      case 1:
        text.insert(at, 1, static_cast<char>(dice(256)));
        break;
      default:
        text.erase(at, dice(8) + 1);
        break;
    }
    if (text.empty()) text = "x";
  }

  std::mt19937 random_;
};

TEST(RouterFrames, NoConversationBreaksAPromise) {
  for (unsigned i = 0; i < kConversations; ++i) {
    const std::string text = Conversation(kSeed + i).text();
    exercise_router(std::as_bytes(std::span(text)));
  }
  SUCCEED();
}

}  // namespace
}  // namespace exo

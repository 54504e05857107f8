#include "tests/fuzz/router_frames.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "base/check.h"
#include "bus/router.h"

namespace exo {
namespace {

using routing::ConnectionId;
using routing::Delivery;
using routing::Now;
using routing::Router;

constexpr std::size_t kPeers = 5;  // the first three are registered

Payload no_payload() {
  return Payload();
}

RoutingPlan plan_of(bool held) {
  RoutingPlan plan{.position = 1, .operator_may_send = true};
  plan.versions.push_back(
      {.role = "web", .version = "1.0.0", .sends = {"a"}, .gate = Gate::kOpen, .share = 1});
  plan.versions.push_back({.role = "todo",
                           .version = "1.0.0",
                           .sends = {"a"},
                           .receives = {"a"},
                           .gate = held ? Gate::kHeld : Gate::kOpen,
                           .share = 1});
  plan.scripts.push_back({.sender = "deployment-todo-1.0.0",
                          .role = "todo",
                          .version = "1.0.0",
                          .activity_id = "x",
                          .sends = {}});
  return plan;
}

// A router with a script, a receiver and a sender.
class Bus {
 public:
  // Small in everything: a router is made for each input, and its limits are to be met.
  Bus() : router_({.environment = "test", .affinity_limit = 8, .traced_hops = 64, .malformed_limit = 50}) {
    now_.monotonic = MonotonicTime(std::chrono::hours(1));
    set_gate(true);
    join(1, "deployment-todo-1.0.0", PeerKind::kScript);
    join(2, "todo", PeerKind::kInstance);
    join(3, "web", PeerKind::kInstance);
  }

  void set_gate(bool held) {
    router_.set_table(RoutingTable::compile(plan_of(held)), now_);
    check_outbox();
  }

  void receive(std::size_t peer, std::span<const std::byte> header_bytes, Payload payload) {
    HeaderView header;
    const ConnectionId from{peer};
    if (const auto read = decode_header(header_bytes, header); !read) {
      router_.receive_malformed(from, header, read.error(), now_);
    } else {
      router_.receive(from, header, std::move(payload), now_);
    }
    check_outbox();
  }

  void lose(std::size_t peer) {
    router_.connection_lost(ConnectionId{peer}, "fuzzed", now_);
    check_outbox();
  }

  void pass(std::uint64_t milliseconds) {
    now_.monotonic += std::chrono::milliseconds(milliseconds);
    router_.input_drained(now_);
    router_.tick(now_);
    check_outbox();
  }

 private:
  void join(std::size_t peer, const std::string& role, PeerKind kind) {
    router_.admit({.instance = role, .role = role, .version = "1.0.0", .token = "t", .kind = kind}, now_);
    HeaderView header;
    header.kind = Kind::kRegister;
    const Payload payload = encode_registration(
        {.protocols = {1}, .role = role, .version = "1.0.0", .instance = role, .token = "t", .window = 3});
    router_.receive(ConnectionId{peer}, header, payload.share(), now_);
    check_outbox();
  }

  // What the router sends must be readable, and may go to peers only.
  void check_outbox() {
    routing::Outbox& outbox = router_.outbox();
    for (std::size_t i = 0; i < outbox.size(); ++i) {
      const Delivery& delivery = outbox.at(i);
      HeaderView header;
      EXO_CHECK(decode_header(std::as_bytes(std::span(delivery.header)), header).ok());
      EXO_CHECK(delivery.to != routing::kNoConnection && delivery.to <= ConnectionId{kPeers});
    }
    outbox.clear_deliveries();
    outbox.events().clear();
  }

  Router router_;
  Now now_;
};

// Takes bytes from the front, and none where none are left.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::uint8_t number() {
    return bytes_.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(take(1)[0]);
  }
  std::span<const std::byte> take(std::size_t size) {
    const auto taken = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace

// Each step: a byte that chooses what happens, then for a message its sender, the header's size and bytes,
// and the payload's.
void exercise_router(std::span<const std::byte> bytes) {
  Bus bus;
  Reader reader(bytes);
  while (!reader.empty()) {
    const std::uint8_t what = reader.number();
    const std::size_t peer = 1 + what % kPeers;
    if (what >= 250) {
      bus.pass(std::uint64_t{reader.number()} * 50);
    } else if (what >= 245) {
      bus.set_gate(what % 2 == 0);
    } else if (what >= 240) {
      bus.lose(peer);
    } else {
      const std::size_t header_size = reader.number();
      const auto header = reader.take(header_size);
      const std::size_t payload_size = reader.number();
      const auto payload = reader.take(payload_size);
      bus.receive(peer, header, payload.empty() ? no_payload() : Payload(payload));
    }
  }
}

}  // namespace exo

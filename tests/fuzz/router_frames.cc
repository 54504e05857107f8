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

std::shared_ptr<const RoutingTable> compile(bool held) {
  return RoutingTable::compile(plan_of(held));
}

// The same for many routers: most of what a short input would cost is the making of it.
std::shared_ptr<const RoutingTable> first_table() {
  static const auto kTable = compile(true);
  return kTable;
}

// A router with a script, a receiver and a sender.
class Bus {
 public:
  // Small in everything: a router is made for each input, and its limits are to be met.
  explicit Bus(std::shared_ptr<const RoutingTable> first)
      : router_({.environment = "test", .affinity_limit = 8, .traced_hops = 64, .malformed_limit = 50}) {
    now_.monotonic = MonotonicTime(std::chrono::hours(1));
    router_.set_table(std::move(first), now_);
    join(1, "deployment-todo-1.0.0", PeerKind::kScript);
    join(2, "todo", PeerKind::kInstance);
    join(3, "web", PeerKind::kInstance);
  }

  void set_gate(bool held) {
    if (std::exchange(held_, held) == held) return;
    router_.set_table(compile(held), now_);
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
    const Payload payload = encode_registration({.protocols = {1},
                                                 .role = role,
                                                 .version = "1.0.0",
                                                 .instance = role,
                                                 .token = "t",
                                                 .window = 3,
                                                 .packs = role == "web"});
    router_.receive(ConnectionId{peer}, header, payload.share(), now_);
    check_outbox();
  }

  // What the router sends must be readable, and may go to peers only.
  void check_outbox() {
    routing::Outbox& outbox = router_.outbox();
    outbox.pack(0);
    for (std::size_t i = 0; i < outbox.size(); ++i) {
      const Delivery& delivery = outbox.at(i);
      HeaderView header;
      EXO_CHECK(decode_header(std::as_bytes(std::span(delivery.header)), header).ok());
      EXO_CHECK(delivery.to <= ConnectionId{kPeers});
      EXO_CHECK(delivery.to != routing::kNoConnection || i > 0);  // in the pack of an earlier one
    }
    outbox.clear_deliveries();
    outbox.events().clear();
  }

  Router router_;
  Now now_;
  bool held_ = true;
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

struct Message {
  std::span<const std::byte> header, payload;
};

Message read_message(Reader& reader) {
  const std::size_t header_size = reader.number();
  const auto header = reader.take(header_size);
  const std::size_t payload_size = reader.number();
  return {header, reader.take(payload_size)};
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string read_pack(Reader& reader) {
  PackWriter writer;
  for (std::uint8_t left = reader.number() % 8U; left > 0; --left) {
    const Message message = read_message(reader);
    writer.add(text_of(message.header), text_of(message.payload));
  }
  std::string bytes(writer.bytes());
  bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size(), reader.number()));
  return bytes;
}

}  // namespace

// Each step: a byte that chooses what happens and who does it, then for a message the header's size and
// bytes, and the payload's; for a pack how many messages it has, each of them, and how many bytes it ends too
// early.
void exercise_router(std::span<const std::byte> bytes) {
  // One in four has a first table of its own, so that whoever uses it when it is gone is found.
  Bus bus(bytes.size() % 4 == 0 ? compile(true) : first_table());
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
    } else if (what >= 230) {
      bus.receive(peer, std::as_bytes(std::span(pack_header())), Payload(read_pack(reader)));
    } else {
      const Message message = read_message(reader);
      bus.receive(peer, message.header, message.payload.empty() ? no_payload() : Payload(message.payload));
    }
  }
}

}  // namespace exo

// The messages of the soak: which kinds there are, what each may end with, and what is in them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bus/relays/cpp/value.h"
#include "tests/simulation/random.h"

namespace exo::soak {

// One message: its sender's number, a new one for each start of a sender, and a count from 0.
struct MessageKey {
  std::uint32_t sender = 0;
  std::uint32_t number = 0;
};

enum class MessageKind : std::uint8_t {
  kNote,       // wants nothing
  kPut,        // the same, to a receiver that takes it at least once
  kAsk,        // one reply
  kAskStore,   // the same, at least once
  kList,       // a reply in pages, gathered by the relay
  kPages,      // a reply in pages, taken one by one
  kWithdrawn,  // a request that is cancelled, unless it was answered before
  kHurried,    // a request with a deadline that is too short
  kFaulty,     // its handler fails
  kUnheard,    // nobody receives it
};
inline constexpr std::size_t kMessageKinds = 10;

// The codes of the protocol with which a message may end; the first stands for all others.
inline constexpr std::array<std::string_view, 8> kFailures = {
    "other", "receiver-lost", "handler-failed", "no-receiver", "cancelled", "expired", "bus-lost", "closed"};
enum class Failure : std::uint8_t {
  kOther,
  kReceiverLost,
  kHandlerFailed,
  kNoReceiver,
  kCancelled,
  kExpired,
  kBusLost,
  kClosed
};
Failure failure_of(std::string_view code);

// What holds for all messages of one kind.
struct MessageRules {
  std::string_view name;   // on the bus
  std::string_view words;  // for people
  std::size_t share;       // of a hundred messages
  bool asks = false;
  bool at_least_once = false;
  bool always_fails = false;
  bool in_pages = false;
  std::array<Failure, 2> failures{};  // that may be its end; those left out are kOther, which never may

  bool may_fail_with(Failure failure) const;
};
const MessageRules& rules_of(MessageKind kind);
MessageKind kind_of_share(std::size_t hundredth);

// Sizes from 16 bytes to 64 KiB whose logarithms are spread evenly.
std::size_t log_uniform_size(Random& random);

// What fills messages: other bytes for each key, the same for everybody who asks. Valid for ever.
std::string_view filling(const MessageKey& key, std::size_t size);

Value make_message(const MessageKey& key, std::size_t size, std::uint64_t pages);

struct ReadMessage {
  MessageKey key;
  std::uint64_t pages = 0;
  std::size_t size = 0;
  bool intact = false;  // false: the rest need not be right either
};
ReadMessage read_message(const Value& payload);

}  // namespace exo::soak

// What the broker and the command line say to each other about what goes over the bus: the payloads of
// `exo.tap` and `exo.trace`, which the broker answers itself.
//
//   exo.tap    {role, name, activity, version, payloads}  →  {messages: [message …], leftOut}
//   exo.trace  {activity}                                 →  {hops: [hop …], leftOut, overwritten,
//   reachesBackTo}
//
// A message and a hop are maps; what is empty, zero or false in one is left out. Times are Unix nanoseconds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bus/now.h"
#include "bus/trace_ring.h"
#include "bus/wire/header.h"
#include "bus/wire/payload.h"

namespace exo::routing {

// What somebody wants to see; an empty text wants everything.
struct TapFilter {
  std::string role;  // of the sender or the receiver
  std::string name;  // public, or the receiver's own; with '*' at its end all that begin so
  std::string activity;
  std::string version;  // of the sender or the receiver; with a role, that role's
  bool payloads = false;
};

// A message on its way, as taps see it. Texts live as long as the call.
struct SeenMessage {
  Kind kind = Kind::kCommand;  // or kReply or kError
  std::uint64_t at_ns = 0;
  std::string_view sender;
  std::string_view sender_version;
  std::string_view name;           // public
  std::string_view receiver_name;  // the receiver's own; empty where it is not known
  std::string_view receiver;       // empty where it is not known
  std::string_view receiver_version;
  std::string_view id;
  std::string_view response_to;
  std::string_view activity;
  std::string_view code;
  std::string_view reason;
  ContentType content_type = ContentType::kMsgpack;
  bool redelivered = false;
  bool more = false;
  std::uint64_t page = 0;
  const Payload* payload = nullptr;  // null: it has none
};

// Payloads up to this size are shown; of larger ones a tap gets their size.
inline constexpr std::size_t kTappedPayloadLimitBytes = 64 * 1024;

bool wants(const TapFilter& filter, const SeenMessage& message);
// Appends the message as a map.
void encode_seen(const SeenMessage& message, bool with_payload, std::string& out);
// `messages` is what encode_seen() has written, `count` times.
Payload encode_tapped(std::string_view messages, std::uint32_t count, std::uint64_t left_out);

// What is told of an activity besides its hops.
struct TraceFrame {
  std::uint64_t left_out = 0;     // hops of the activity that were too many for one answer
  std::uint64_t overwritten = 0;  // hops of whatever activity that the ring had no room for any more
  MonotonicTime reaches_back_to{};
};
Payload encode_trace(std::span<const Hop* const> hops, const TraceFrame& frame, const Meters& codes,
                     const Now& now);

// Error `malformed`: no map of the keys above.
Result<TapFilter> decode_tap(std::string_view payload);
Result<std::string> decode_trace(std::string_view payload);

}  // namespace exo::routing

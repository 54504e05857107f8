// The first frame of a message: its kind and what is said about it. docs/protocol.md is the source.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr std::size_t kHeaderLimitBytes = 16 * 1024;
inline constexpr std::size_t kPayloadLimitBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kNameLimitBytes = 255;
inline constexpr std::size_t kIdLimitBytes = 64;
// Until nobody wants a command or its answer any more, where its sender says nothing, and at most.
inline constexpr std::chrono::milliseconds kDefaultTimeout{60'000};
inline constexpr std::chrono::milliseconds kLongestTimeout{24LL * 60 * 60 * 1000};
inline constexpr std::size_t kReasonLimitBytes = 4096;  // leaves room for every other key in a header

enum class Kind : std::uint8_t {
  kRegister,
  kRegistered,
  kRefused,
  kRoutes,
  kCredit,
  kCommand,
  kReply,
  kHandled,
  kFailed,
  kError,
  kDelivered,
  kWindow,
  kPing,
  kPong,
  kDrain,
  kDraining,
  kGoodbye,
  kCancel,
  kPack,
};

enum class Expects : std::uint8_t { kNone, kOne, kMany };
enum class ContentType : std::uint8_t { kMsgpack, kJson, kRaw };

// A header whose texts point into bytes that somebody else keeps: the frame that it was read from, or the
// strings that it is to be written from. Empty texts and absent numbers are absent keys.
struct HeaderView {
  Kind kind = Kind::kPing;
  std::string_view name;
  std::string_view id;
  std::string_view activity_id;
  std::string_view response_to;
  std::string_view version;
  std::string_view sender;
  std::string_view sender_version;
  std::uint64_t timestamp_ns = 0;  // 0: absent
  ContentType content_type = ContentType::kMsgpack;
  std::optional<std::uint64_t> timeout_ms;
  Expects expects = Expects::kNone;
  std::uint64_t sequence = 0;  // 0: absent
  bool redelivered = false;
  bool acknowledged = false;
  bool more = false;
  std::uint64_t page = 0;
  std::uint64_t pages = 0;  // 0: absent
  std::uint64_t handled_errors = 0;
  std::string_view caused_by;
  std::string_view code;
  std::string_view reason;
};

std::string_view to_string(Kind kind);
std::string_view to_string(Expects expects);
std::string_view to_string(ContentType type);

// Whether the text may be the id of a message.
bool is_id(std::string_view text);

// Reads a header in place; allocates nothing once its thread has read a few. The views in `header` live as
// long as `frame`. On an error (code `malformed` or `too-large`, the message names the key) `header` holds
// what was read until then. Checks types, limits, that the whole frame is one map and that no known key is
// there twice; does not check which keys a kind needs: see check_required().
Result<void> decode_header(std::span<const std::byte> frame, HeaderView& header);

// Whether the keys that its kind needs are there; code `malformed`, the message names the missing key.
Result<void> check_required(const HeaderView& header);

// The part of a reason that goes into a header: its first 4096 bytes, not cut within a UTF-8 character.
std::string_view shortened_reason(std::string_view reason);

// Replaces the content of `out` (whose capacity is reused) with the header's bytes. Too long a reason is
// shortened; other texts must be within their limits, which is the caller's duty (they come from names that
// were checked before), and a header that does not fit a frame is a bug.
void encode_header(const HeaderView& header, std::string& out);

// The one-line rendering of a message for logs and people: "web --[ todos.list ]-> todo", and
// "web --[ users create ]-[ mongo create ]-> users" where the receiver's name for it differs.
std::string render_flow(std::string_view sender, std::string_view name, std::string_view receiver_name,
                        std::string_view receiver);

}  // namespace exo

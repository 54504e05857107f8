// Several small messages in one: the payload of a `pack`. docs/protocol.md is the source.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

// What may be in a pack that is read, and what those that exo writes keep below: a pack is to save the cost
// of small messages, not to hold up what comes after it.
inline constexpr std::size_t kPackReadMessages = 1024;
inline constexpr std::size_t kPackMessages = 64;
inline constexpr std::size_t kPackBytes = 64 * 1024;
// A larger payload is cheaper passed on by itself, without a copy.
inline constexpr std::size_t kPackedPayloadBytes = 4 * 1024;

// One message of a pack; somebody else keeps the bytes.
struct PackedMessage {
  std::span<const std::byte> header;
  std::string_view payload;
};

// Goes through a pack, whose bytes outlive it.
class PackReader {
 public:
  explicit PackReader(std::span<const std::byte> pack) : rest_(pack) {}

  // The next message; nothing at the pack's end. Code `malformed` where the rest of it is no message, or it
  // has too many; nothing comes after that.
  Result<std::optional<PackedMessage>> next();

 private:
  Error broken(std::string_view why);

  std::span<const std::byte> rest_;
  std::size_t count_ = 0;
};

// Makes packs, one after another. A pack of one message is possible, and not worth its while.
class PackWriter {
 public:
  // What a message takes in a pack.
  static std::size_t size_of(std::size_t header_bytes, std::size_t payload_bytes);
  // Whether such a message still belongs into this pack.
  bool has_room(std::size_t header_bytes, std::size_t payload_bytes) const;
  void add(std::string_view header, std::string_view payload);
  std::size_t count() const { return count_; }
  // Valid until the next call that is not const.
  std::string_view bytes() const { return bytes_; }
  // Begins the next.
  void clear();

 private:
  std::string bytes_;  // reused
  std::size_t count_ = 0;
};

// The header of a pack, as bytes.
std::string_view pack_header();

}  // namespace exo

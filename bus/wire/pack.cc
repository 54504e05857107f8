#include "bus/wire/pack.h"

#include <cstdint>

#include "base/check.h"
#include "bus/wire/header.h"

namespace exo {
namespace {

// Before each message: the sizes of its header and of its payload, big-endian.
constexpr std::size_t kHeaderSizeBytes = 2;
constexpr std::size_t kPayloadSizeBytes = 4;
constexpr std::size_t kSizesBytes = kHeaderSizeBytes + kPayloadSizeBytes;

std::size_t read_size(std::span<const std::byte> bytes) {
  std::size_t size = 0;
  for (const std::byte byte : bytes) size = size << 8U | std::to_integer<std::size_t>(byte);
  return size;
}

void write_size(std::string& out, std::size_t size, std::size_t bytes) {
  for (std::size_t i = bytes; i > 0; --i) out.push_back(static_cast<char>(size >> 8U * (i - 1) & 0xFFU));
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Error PackReader::broken(std::string_view why) {
  rest_ = {};
  return {"malformed", std::string("pack: ").append(why)};
}

Result<std::optional<PackedMessage>> PackReader::next() {
  if (rest_.empty()) return std::optional<PackedMessage>();
  if (count_++ == kPackReadMessages) return broken("it has more than 1024 messages");
  if (rest_.size() < kSizesBytes) return broken("it ends within the sizes of a message");
  const std::size_t header = read_size(rest_.first(kHeaderSizeBytes));
  const std::size_t payload = read_size(rest_.subspan(kHeaderSizeBytes, kPayloadSizeBytes));
  rest_ = rest_.subspan(kSizesBytes);
  if (rest_.size() < header + payload) return broken("it ends within a message");
  const PackedMessage message{rest_.first(header), text_of(rest_.subspan(header, payload))};
  rest_ = rest_.subspan(header + payload);
  return std::optional<PackedMessage>(message);
}

std::size_t PackWriter::size_of(std::size_t header_bytes, std::size_t payload_bytes) {
  return kSizesBytes + header_bytes + payload_bytes;
}

bool PackWriter::has_room(std::size_t header_bytes, std::size_t payload_bytes) const {
  return count_ < kPackMessages && bytes_.size() + size_of(header_bytes, payload_bytes) <= kPackBytes;
}

void PackWriter::add(std::string_view header, std::string_view payload) {
  EXO_CHECK(header.size() <= UINT16_MAX && payload.size() <= UINT32_MAX);
  write_size(bytes_, header.size(), kHeaderSizeBytes);
  write_size(bytes_, payload.size(), kPayloadSizeBytes);
  bytes_.append(header).append(payload);
  ++count_;
}

void PackWriter::clear() {
  bytes_.clear();
  count_ = 0;
}

std::string_view pack_header() {
  static const std::string kBytes = [] {
    HeaderView header;
    header.kind = Kind::kPack;
    std::string bytes;
    encode_header(header, bytes);
    return bytes;
  }();
  return kBytes;
}

}  // namespace exo

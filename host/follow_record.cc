#include "host/follow_record.h"

#include <algorithm>

#include "base/check.h"
#include "base/digest.h"

namespace exo {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kChecksumBytes = 16;
constexpr std::size_t kChecked = kLengthBytes + kChecksumBytes;  // the checksum is over what comes after it

void add_number(std::string& bytes, std::uint64_t number, std::size_t size) {
  for (std::size_t left = size; left > 0; --left) {
    bytes.push_back(static_cast<char>(number >> (8 * (left - 1)) & 0xffU));
  }
}

void put_number(std::string& bytes, std::size_t at, std::uint64_t number, std::size_t size) {
  std::string text;
  add_number(text, number, size);
  bytes.replace(at, size, text);
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(at, size)) number = number << 8U | static_cast<std::uint8_t>(byte);
  return number;
}

std::string checksum(std::string_view bytes) {
  const Sha256Digest digest = sha256(bytes);
  return {reinterpret_cast<const char*>(digest.data()), kChecksumBytes};
}

std::optional<ContentType> content_type_of(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(ContentType::kRaw)) return std::nullopt;
  return static_cast<ContentType>(number);
}

bool read_command(std::string_view rest, FollowRecord& into) {
  if (rest.size() < 3) return false;
  const auto type = content_type_of(number_at(rest, 0, 1));
  const std::size_t name = number_at(rest, 1, 2);
  if (!type || rest.size() < 3 + name) return false;
  into.content_type = *type;
  into.name = rest.substr(3, name);
  into.payload = rest.substr(3 + name);
  return true;
}

}  // namespace

void append_follow_record(const FollowRecord& record, std::string_view payload, std::string& into) {
  const std::size_t begin = into.size();
  into.append(kChecked, '\0');
  add_number(into, record.sequence, 8);
  add_number(into, record.synced, 8);
  add_number(into, static_cast<std::uint64_t>(record.kind), 1);
  if (record.kind == FollowRecord::Kind::kCommand) {
    EXO_CHECK(record.name.size() <= kNameLimitBytes && payload.size() <= kPayloadLimitBytes);
    add_number(into, static_cast<std::uint64_t>(record.content_type), 1);
    add_number(into, record.name.size(), 2);
    into += record.name;
    into += payload;
  } else {
    add_number(into, record.left_out, 8);
  }
  put_number(into, begin, into.size() - begin, kLengthBytes);
  into.replace(begin + kLengthBytes, kChecksumBytes,
               checksum(std::string_view(into).substr(begin + kChecked)));
}

std::size_t follow_record_size(std::string_view bytes) {
  if (bytes.size() < kLengthBytes) return 0;
  const std::size_t size = number_at(bytes, 0, kLengthBytes);
  return size > kFollowRecordHead && size <= kFollowRecordLimit ? size : 0;
}

std::optional<FollowRecord> read_follow_record(std::string_view bytes) {
  const std::size_t size = follow_record_size(bytes);
  if (size == 0 || bytes.size() < size) return std::nullopt;
  const std::string_view checked = bytes.substr(kChecked, size - kChecked);
  if (checksum(checked) != bytes.substr(kLengthBytes, kChecksumBytes)) return std::nullopt;
  FollowRecord record;
  record.sequence = number_at(checked, 0, 8);
  record.synced = number_at(checked, 8, 8);
  const std::string_view rest = checked.substr(17);
  switch (number_at(checked, 16, 1)) {
    case static_cast<std::uint64_t>(FollowRecord::Kind::kCommand):
      record.kind = FollowRecord::Kind::kCommand;
      if (!read_command(rest, record)) return std::nullopt;
      return record;
    case static_cast<std::uint64_t>(FollowRecord::Kind::kLeftOut):
      record.kind = FollowRecord::Kind::kLeftOut;
      if (rest.size() != 8) return std::nullopt;
      record.left_out = number_at(rest, 0, 8);
      return record;
    default:
      return std::nullopt;
  }
}

}  // namespace exo

// One record of the log in which followed commands are kept: its bytes. docs/follow-log.md is their page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bus/wire/header.h"

namespace exo {

inline constexpr std::string_view kFollowLogBeginning{"exo-follow-log\0\1", 16};  // the format is 1
// Before what depends on the kind: length, checksum, sequence, synced, kind.
inline constexpr std::size_t kFollowRecordHead = 4 + 16 + 8 + 8 + 1;
// Nothing that claims to be longer is a record.
inline constexpr std::size_t kFollowRecordLimit =
    kFollowRecordHead + 1 + 2 + kNameLimitBytes + kPayloadLimitBytes;

// A value. `name`, `content_type` and `payload` are those of a command; `left_out` is that of kLeftOut.
struct FollowRecord {
  enum class Kind : std::uint8_t { kCommand = 1, kLeftOut = 2 };

  std::uint64_t sequence = 0;  // from 1 without gaps, whatever the kind
  std::uint64_t synced = 0;    // how much of the file was durable before this was written
  Kind kind = Kind::kCommand;
  std::string name;  // public
  ContentType content_type = ContentType::kMsgpack;
  std::string payload;
  std::uint64_t left_out = 0;  // the sequence of a command that is not to be replayed

  bool operator==(const FollowRecord&) const = default;
};

// Appends the record's bytes. The payload comes as an argument, so that it is copied once.
void append_follow_record(const FollowRecord& record, std::string_view payload, std::string& into);

// The record that begins here; nullopt where none does that is whole and sound.
std::optional<FollowRecord> read_follow_record(std::string_view bytes);
// How many bytes the record that begins here has, as it says itself; 0 where it cannot be one. Needs the
// first four.
std::size_t follow_record_size(std::string_view bytes);

}  // namespace exo

// Any bytes may be in the log of followed commands: they are no record, or mean what they would be written
// as.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "host/follow_record.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace exo;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto record = read_follow_record(bytes)) {
    std::string again;
    append_follow_record(*record, record->payload, again);
    EXO_CHECK(again == bytes.substr(0, again.size()) && again.size() == follow_record_size(bytes));
  }
  // A checksum is not guessed: the fields themselves are those of the input.
  FollowRecord made{.sequence = size, .synced = size / 2};
  made.kind = size % 2 == 0 ? FollowRecord::Kind::kCommand : FollowRecord::Kind::kLeftOut;
  made.name =
      made.kind == FollowRecord::Kind::kCommand ? bytes.substr(0, kNameLimitBytes) : std::string_view();
  made.payload = made.kind == FollowRecord::Kind::kCommand ? bytes : std::string_view();
  made.left_out = made.kind == FollowRecord::Kind::kLeftOut ? size : 0;
  std::string written;
  append_follow_record(made, made.payload, written);
  EXO_CHECK(read_follow_record(written) == made);
  return 0;
}

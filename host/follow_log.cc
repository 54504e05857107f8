#include "host/follow_log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

constexpr std::size_t kScanned = 1024 * 1024;  // at a time

Result<std::string> read_record_bytes(const FollowFile& file, std::uint64_t offset) {
  auto head = file.read_at(offset, kFollowRecordHead);
  if (!head) return head;
  const std::size_t size = follow_record_size(head.value());
  if (size == 0 || head.value().size() < kFollowRecordHead) return std::string();
  return file.read_at(offset, size);
}

// Whether a sound record from `offset` on says that what is there was durable. It is looked for at every
// byte, since nothing tells where the records begin again.
Result<bool> was_durable(const FollowFile& file, std::uint64_t offset) {
  const auto end = file.size();
  if (!end) return end.error();
  constexpr std::uint64_t kOverlap = 4;
  for (std::uint64_t at = offset; at + kFollowRecordHead < end.value(); at += kScanned - kOverlap) {
    const auto part = file.read_at(at, kScanned);
    if (!part) return part.error();
    for (std::size_t i = 0; i + kOverlap <= part.value().size(); ++i) {
      const std::size_t size = follow_record_size(std::string_view(part.value()).substr(i));
      if (size == 0 || at + i + size > end.value()) continue;
      const auto bytes = file.read_at(at + i, size);
      if (!bytes) return bytes.error();
      const auto record = read_follow_record(bytes.value());
      if (record && record->synced > offset) return true;
    }
  }
  return false;
}

}  // namespace

Result<void> FollowLog::open(WhereNone where_none) {
  const auto found = file_->find();
  if (!found) return found.error();
  if (!found.value() && where_none == WhereNone::kRefuse) {
    return Error{"missing", file_->name() + ", which holds what was recorded, is not there"};
  }
  durable_bytes_ = kFollowLogBeginning.size();
  last_sequence_ = 0;
  commands_ = 0;
  left_out_.clear();
  if (found.value()) {
    if (const auto scanned = scan(); !scanned) return scanned;
  }
  return file_->renew(kFollowLogBeginning, durable_bytes_);
}

Result<void> FollowLog::scan() {
  const auto beginning = file_->read_at(0, kFollowLogBeginning.size());
  if (!beginning) return beginning.error();
  if (beginning.value() != kFollowLogBeginning) {
    return Error{"altered", file_->name() + " does not begin like a log of followed commands of this exo"};
  }
  for (;;) {
    const auto bytes = read_record_bytes(*file_, durable_bytes_);
    if (!bytes) return bytes.error();
    const auto record = read_follow_record(bytes.value());
    if (!record || record->sequence != last_sequence_ + 1) break;
    durable_bytes_ += bytes.value().size();
    count(*record);
  }
  const auto altered = was_durable(*file_, durable_bytes_);
  if (!altered) return altered.error();
  if (altered.value()) {
    return Error{"altered", file_->name() + ": record " + std::to_string(last_sequence_ + 1) +
                                " is not what was written"};
  }
  return {};
}

void FollowLog::count(const FollowRecord& record) {
  last_sequence_ = record.sequence;
  if (record.kind == FollowRecord::Kind::kCommand) {
    ++commands_;
  } else {
    left_out_.insert(record.left_out);
  }
}

void FollowLog::add(std::uint64_t number, std::string name, ContentType content_type, Payload payload) {
  Pending& pending = pending_.emplace_back();
  pending.number = number;
  pending.record.name = std::move(name);
  pending.record.content_type = content_type;
  pending.payload = std::move(payload);
}

bool FollowLog::drop(std::uint64_t number) {
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Pending& pending) { return pending.number == number; });
  if (found == pending_.end()) return false;
  pending_.erase(found);
  return true;
}

void FollowLog::leave_out(std::uint64_t sequence) {
  Pending& pending = pending_.emplace_back();
  pending.record.kind = FollowRecord::Kind::kLeftOut;
  pending.record.left_out = sequence;
  left_out_.insert(sequence);
}

std::uint64_t FollowLog::first_pending() const {
  for (const Pending& pending : pending_) {
    if (pending.number != 0) return pending.number;
  }
  return 0;
}

Result<std::vector<FollowLog::Written>> FollowLog::sync() {
  std::string bytes;
  std::uint64_t sequence = last_sequence_;
  for (Pending& pending : pending_) {
    pending.record.sequence = ++sequence;
    pending.record.synced = durable_bytes_;
    append_follow_record(pending.record, pending.payload.text(), bytes);
  }
  if (!bytes.empty()) {
    if (const auto written = file_->write(durable_bytes_, bytes); !written) return written.error();
  }
  durable_bytes_ += bytes.size();
  std::vector<Written> written;
  for (const Pending& pending : pending_) {
    count(pending.record);
    if (pending.number != 0) written.push_back({pending.number, pending.record.sequence});
  }
  pending_.clear();
  return written;
}

Result<FollowRecord> FollowLog::read(Reader& reader) const {
  EXO_CHECK(reader.next_ <= last_sequence_);
  const auto bytes = read_record_bytes(*file_, reader.offset_);
  if (!bytes) return bytes.error();
  auto record = read_follow_record(bytes.value());
  if (!record || record->sequence != reader.next_) {
    return Error{"altered",
                 file_->name() + ": record " + std::to_string(reader.next_) + " is not what was written"};
  }
  reader.offset_ += bytes.value().size();
  ++reader.next_;
  return std::move(*record);
}

}  // namespace exo

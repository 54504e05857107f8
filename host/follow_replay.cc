#include "host/follow_replay.h"

#include <string_view>
#include <utility>

namespace exo {

Result<void> FollowReplay::pump(const FollowLog& log, std::uint64_t through, const Send& send) {
  while (reader_.next() <= through && under_way_.size() < kWindow && bytes_under_way_ < kWindowBytes) {
    auto record = log.read(reader_);
    if (!record) return record.error();
    const bool replays =
        record.value().kind == FollowRecord::Kind::kCommand && !log.is_left_out(record.value().sequence);
    if (replays) this->send(std::move(record).value(), send);
  }
  return {};
}

void FollowReplay::send(FollowRecord record, const Send& send) {
  const std::string id = to_.id_prefix + std::to_string(record.sequence);
  bytes_under_way_ += record.payload.size();
  under_way_[id] = {.sequence = record.sequence, .name = record.name, .bytes = record.payload.size()};
  send({.id = id,
        .activity_id = to_.activity,
        .role = to_.version.role,
        .version = to_.version.version,
        .name = std::move(record.name),
        .content_type = record.content_type,
        .payload = Payload(std::string_view(record.payload))});
}

Result<void> FollowReplay::settled(const ReplaySettled& settled) {
  const auto found = under_way_.find(settled.id);
  if (found == under_way_.end()) return {};
  const UnderWay command = std::move(found->second);
  under_way_.erase(found);
  bytes_under_way_ -= command.bytes;
  if (settled.code.empty()) {
    ++replayed_;
    return {};
  }
  return Error{settled.code, to_text(to_.version) + " failed \"" + command.name + "\", record " +
                                 std::to_string(command.sequence) + " of what it follows: " + settled.code +
                                 ": " + settled.reason};
}

bool FollowReplay::caught_up(const FollowLog& log) const {
  return under_way_.empty() && reader_.next() > log.last_sequence();
}

bool FollowReplay::is_short(const FollowLog& log, MonotonicTime now) const {
  const std::uint64_t left = log.last_sequence() + 1 - reader_.next() + under_way_.size();
  return is_short_tail(left, replayed_, now - began_);
}

bool is_short_tail(std::uint64_t left, std::uint64_t replayed, MonotonicTime::duration elapsed) {
  if (left <= FollowReplay::kShort) return true;
  if (replayed == 0) return false;
  const double each = std::chrono::duration<double>(elapsed).count() / static_cast<double>(replayed);
  return static_cast<double>(left) * each <= std::chrono::duration<double>(FollowReplay::kShortTime).count();
}

}  // namespace exo

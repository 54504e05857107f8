#include "host/follow_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/files.h"

namespace exo {
namespace {

constexpr std::size_t kCopied = 1024 * 1024;  // at a time

// Up to `size` bytes from `offset`; fewer only where the file ends.
Result<std::string> read_at(int file, std::uint64_t offset, std::size_t size, const std::string& path) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t count = ::pread(file, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
    if (count == 0) break;
    if (count < 0 && errno != EINTR) return file_error("read", path, errno);
    if (count > 0) got += static_cast<std::size_t>(count);
  }
  bytes.resize(got);
  return bytes;
}

int write_at(int file, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno != EINTR) return errno;
    if (count <= 0) continue;
    offset += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

int sync_folder(const std::filesystem::path& path) {
  const UniqueFd folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder && ::fsync(folder.get()) == 0 ? 0 : errno;
}

Result<std::string> read_record_bytes(int file, std::uint64_t offset, const std::string& path) {
  auto head = read_at(file, offset, kFollowRecordHead, path);
  if (!head) return head;
  const std::size_t size = follow_record_size(head.value());
  if (size == 0 || head.value().size() < kFollowRecordHead) return std::string();
  return read_at(file, offset, size, path);
}

// Whether a sound record from `offset` on says that what is there was durable. It is looked for at every
// byte, since nothing tells where the records begin again.
Result<bool> was_durable(int file, std::uint64_t offset, const std::string& path) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return file_error("read", path, errno);
  const auto end = static_cast<std::uint64_t>(status.st_size);
  constexpr std::uint64_t kOverlap = 4;
  for (std::uint64_t at = offset; at + kFollowRecordHead < end; at += kCopied - kOverlap) {
    const auto part = read_at(file, at, kCopied, path);
    if (!part) return part.error();
    for (std::size_t i = 0; i + kOverlap <= part.value().size(); ++i) {
      const std::size_t size = follow_record_size(std::string_view(part.value()).substr(i));
      if (size == 0 || at + i + size > end) continue;
      const auto bytes = read_at(file, at + i, size, path);
      if (!bytes) return bytes.error();
      const auto record = read_follow_record(bytes.value());
      if (record && record->synced > offset) return true;
    }
  }
  return false;
}

}  // namespace

Result<void> FollowLog::open(WhereNone where_none) {
  const UniqueFd old(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!old && errno != ENOENT) return file_error("open", path_.string(), errno);
  if (!old && where_none == WhereNone::kRefuse) {
    return Error{"missing", path_.string() + ", which holds what was recorded, is not there"};
  }
  durable_bytes_ = kFollowLogBeginning.size();
  last_sequence_ = 0;
  commands_ = 0;
  left_out_.clear();
  if (old) {
    if (const auto scanned = scan(old.get()); !scanned) return scanned;
  }
  const std::string path = path_.string() + ".new";
  auto fresh = fresh_file(old.get(), path);
  if (!fresh) return fresh.error();
  if (::rename(path.c_str(), path_.c_str()) != 0) return file_error("rename", path, errno);
  if (const int error = sync_folder(path_)) return file_error("sync the folder of", path_.string(), error);
  file_ = std::move(fresh).value();
  return {};
}

// `old` is -1 where there is none.
Result<UniqueFd> FollowLog::fresh_file(int old, const std::string& path) const {
  UniqueFd fresh(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fresh) return file_error("make", path, errno);
  if (const int error = write_at(fresh.get(), 0, kFollowLogBeginning))
    return file_error("write", path, error);
  if (old >= 0) {
    if (const auto copied = copy_sound_part(old, fresh.get()); !copied) return copied.error();
  }
  if (::fdatasync(fresh.get()) != 0) return file_error("sync", path, errno);
  return fresh;
}

Result<void> FollowLog::scan(int old) {
  const auto beginning = read_at(old, 0, kFollowLogBeginning.size(), path_.string());
  if (!beginning) return beginning.error();
  if (beginning.value() != kFollowLogBeginning) {
    return Error{"altered", path_.string() + " does not begin like a log of followed commands of this exo"};
  }
  for (;;) {
    const auto bytes = read_record_bytes(old, durable_bytes_, path_.string());
    if (!bytes) return bytes.error();
    const auto record = read_follow_record(bytes.value());
    if (!record || record->sequence != last_sequence_ + 1) break;
    durable_bytes_ += bytes.value().size();
    count(*record);
  }
  const auto altered = was_durable(old, durable_bytes_, path_.string());
  if (!altered) return altered.error();
  if (altered.value()) {
    return Error{"altered", path_.string() + ": record " + std::to_string(last_sequence_ + 1) +
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

Result<void> FollowLog::copy_sound_part(int old, int fresh) const {
  for (std::uint64_t at = kFollowLogBeginning.size(); at < durable_bytes_;) {
    const std::size_t size = std::min<std::uint64_t>(kCopied, durable_bytes_ - at);
    const auto part = read_at(old, at, size, path_.string());
    if (!part) return part.error();
    if (part.value().size() != size) return Error{"io", path_.string() + " became shorter while it was read"};
    if (const int error = write_at(fresh, at, part.value())) {
      return file_error("write", path_.string() + ".new", error);
    }
    at += size;
  }
  return {};
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
  if (const auto written = write(bytes); !written) return written.error();
  durable_bytes_ += bytes.size();
  std::vector<Written> written;
  for (const Pending& pending : pending_) {
    count(pending.record);
    if (pending.number != 0) written.push_back({pending.number, pending.record.sequence});
  }
  pending_.clear();
  return written;
}

Result<void> FollowLog::write(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (const int error = write_at(file_.get(), durable_bytes_, bytes)) return failed("write", error);
  if (::fdatasync(file_.get()) != 0) return failed("sync", errno);
  return {};
}

// Half a batch must not stand in the way of what is written next, and takes room that there is none of.
Result<void> FollowLog::failed(std::string_view doing, int error_number) {
  [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(durable_bytes_));
  return file_error(doing, path_.string(), error_number);
}

Result<FollowRecord> FollowLog::read(Reader& reader) const {
  EXO_CHECK(reader.next_ <= last_sequence_);
  const auto bytes = read_record_bytes(file_.get(), reader.offset_, path_.string());
  if (!bytes) return bytes.error();
  auto record = read_follow_record(bytes.value());
  if (!record || record->sequence != reader.next_) {
    return Error{"altered",
                 path_.string() + ": record " + std::to_string(reader.next_) + " is not what was written"};
  }
  reader.offset_ += bytes.value().size();
  ++reader.next_;
  return std::move(*record);
}

}  // namespace exo

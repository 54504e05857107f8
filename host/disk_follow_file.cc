#include "host/disk_follow_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/files.h"

namespace exo {
namespace {

constexpr std::size_t kCopied = 1024 * 1024;  // at a time

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
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder && ::fsync(folder.get()) == 0 ? 0 : errno;
}

}  // namespace

// Where none of its files is known, all that it may have: "runs/todo-1.0.0-offline-1.17.*.follow".
std::string DiskFollowFile::name() const {
  if (is_renewed()) return path_of(name_).string();
  if (found_) return path_of(*found_).string();
  return (folder_ / (name_.run + "." + std::to_string(name_.follow) + ".*.follow")).string();
}

Result<std::vector<FollowLogName>> DiskFollowFile::files() const {
  std::vector<FollowLogName> files;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder_, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    auto parsed = parse_follow_log_name(entry->path().filename().string());
    if (!parsed || !parsed->is_finished) continue;
    if (parsed->name.run == name_.run && parsed->name.follow == name_.follow) {
      files.push_back(std::move(parsed->name));
    }
  }
  if (error) return file_error("read", folder_.string(), error.value());
  return files;
}

Result<bool> DiskFollowFile::find() {
  const auto there = files();
  if (!there) return there.error();
  const auto newest =
      std::max_element(there.value().begin(), there.value().end(),
                       [](const auto& one, const auto& other) { return one.epoch < other.epoch; });
  found_ = newest == there.value().end() ? std::nullopt : std::optional(*newest);
  if (!found_) return false;
  const std::string path = path_of(*found_).string();
  if (found_->epoch > name_.epoch) return Error{"io", path + " is a later host's"};
  old_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!old_) return file_error("open", path, errno);
  return true;
}

Result<std::uint64_t> DiskFollowFile::size() const {
  struct stat status {};
  if (::fstat(readable(), &status) != 0) return file_error("read", name(), errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<std::string> DiskFollowFile::read_at(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t count =
        ::pread(readable(), bytes.data() + got, size - got, static_cast<off_t>(offset + got));
    if (count == 0) break;
    if (count < 0 && errno != EINTR) return file_error("read", name(), errno);
    if (count > 0) got += static_cast<std::size_t>(count);
  }
  bytes.resize(got);
  return bytes;
}

Result<void> DiskFollowFile::renew(std::string_view beginning, std::uint64_t end) {
  const std::string unfinished = (folder_ / to_file_name({name_, /*is_finished=*/false})).string();
  auto fresh = fresh_file(unfinished, beginning, end);
  if (!fresh) return fresh.error();
  if (::rename(unfinished.c_str(), path_of(name_).c_str()) != 0) {
    return file_error("rename", unfinished, errno);
  }
  if (const int error = sync_folder(folder_)) return file_error("sync", folder_.string(), error);
  file_ = std::move(fresh).value();
  old_ = UniqueFd();
  remove_older();
  return {};
}

// There is one as a rule; more where a host died before it came here, or finished its own too late.
void DiskFollowFile::remove_older() const {
  const auto there = files();
  if (!there) return;
  for (const FollowLogName& each : there.value()) {
    std::error_code ignored;
    if (each.epoch < name_.epoch) std::filesystem::remove(path_of(each), ignored);
  }
}

Result<UniqueFd> DiskFollowFile::fresh_file(const std::string& path, std::string_view beginning,
                                            std::uint64_t end) const {
  UniqueFd fresh(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fresh) return file_error("make", path, errno);
  if (const int error = write_at(fresh.get(), 0, beginning)) return file_error("write", path, error);
  if (const auto copied = copy_old(fresh.get(), path, beginning.size(), end); !copied) return copied.error();
  if (::fdatasync(fresh.get()) != 0) return file_error("sync", path, errno);
  return fresh;
}

Result<void> DiskFollowFile::copy_old(int fresh, const std::string& path, std::uint64_t from,
                                      std::uint64_t end) const {
  for (std::uint64_t at = from; at < end;) {
    const std::size_t size = std::min<std::uint64_t>(kCopied, end - at);
    const auto part = read_at(at, size);
    if (!part) return part.error();
    if (part.value().size() != size) return Error{"io", name() + " became shorter while it was read"};
    if (const int error = write_at(fresh, at, part.value())) {
      return file_error("write", path, error);
    }
    at += size;
  }
  return {};
}

Result<void> DiskFollowFile::write(std::uint64_t offset, std::string_view bytes) {
  if (const int error = write_at(file_.get(), offset, bytes)) return failed("write", error, offset);
  if (::fdatasync(file_.get()) != 0) return failed("sync", errno, offset);
  return {};
}

// Half a batch must not stand in the way of what is written next, and takes room that there is none of.
Result<void> DiskFollowFile::failed(std::string_view doing, int error_number, std::uint64_t end) {
  [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(end));
  return file_error(doing, name(), error_number);
}

}  // namespace exo

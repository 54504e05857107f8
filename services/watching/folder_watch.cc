#include "services/watching/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/files.h"
#include "services/watching/watched_files.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kHeard =
    IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;

FileTouch::Kind kind_of(std::uint32_t mask) {
  if ((mask & IN_MODIFY) != 0) return FileTouch::Kind::kWritten;
  return (mask & (IN_CLOSE_WRITE | IN_ATTRIB)) != 0 ? FileTouch::Kind::kClosed : FileTouch::Kind::kPlaced;
}

}  // namespace

Result<FolderWatch> FolderWatch::start() {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (fd) return FolderWatch(std::move(fd));
  if (errno != EMFILE) return Error{"io", std::string("files cannot be watched: ") + std::strerror(errno)};
  return Error{
      "io",
      "files cannot be watched: too many programs of this user watch files; end one, or type as root: "
      "sysctl fs.inotify.max_user_instances=1024"};
}

Result<void> FolderWatch::add(const fs::path& folder) {
  const int watch = ::inotify_add_watch(fd_.get(), folder.c_str(), kHeard);
  if (watch >= 0) {
    keep(watch, folder);
    return {};
  }
  if (errno == ENOENT || errno == ENOTDIR) return {};
  if (errno != ENOSPC) return file_error("watch", folder.string(), errno);
  return Error{"too-many", folder.string() +
                               " cannot be watched: this user watches too many folders; type as root: sysctl "
                               "fs.inotify.max_user_watches=524288"};
}

// The kernel watches a folder, not a path: one that was moved away is watched where it is now, under the name
// that it had.
void FolderWatch::keep(int watch, const fs::path& folder) {
  const auto there = watches_.find(folder);
  if (there != watches_.end() && there->second == watch) return;
  forget(watch);  // the name that this one had elsewhere
  if (there != watches_.end()) leave_all(folder);
  folders_[watch] = folder;
  watches_[folder] = watch;
}

void FolderWatch::forget(int watch) {
  const auto folder = folders_.find(watch);
  if (folder == folders_.end()) return;
  watches_.erase(folder->second);
  folders_.erase(folder);
}

void FolderWatch::leave_all(const fs::path& top) {
  for (auto each = watches_.lower_bound(top); each != watches_.end() && is_below(each->first, top);) {
    ::inotify_rm_watch(fd_.get(), each->second);  // fails where the folder is gone: then it has none
    folders_.erase(each->second);
    each = watches_.erase(each);
  }
}

Result<void> FolderWatch::add_all(const fs::path& top) {
  if (auto added = add(top); !added) return added;
  std::error_code failure;
  for (fs::recursive_directory_iterator each(top, failure), end; !failure && each != end;
       each.increment(failure)) {
    std::error_code unknown;
    if (!fs::is_directory(each->symlink_status(unknown))) continue;
    if (is_left_alone(each->path().filename().string())) {
      each.disable_recursion_pending();
    } else if (auto added = add(each->path()); !added) {
      return added;
    }
  }
  return {};
}

std::vector<FileTouch> FolderWatch::take() {
  std::vector<FileTouch> touches;
  alignas(inotify_event) std::array<char, kBufferBytes> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return touches;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      const auto folder = folders_.find(event.wd);
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        touches.push_back({.kind = FileTouch::Kind::kMissed});
      } else if ((event.mask & IN_IGNORED) != 0) {
        forget(event.wd);
      } else if (folder != folders_.end()) {
        touches.push_back(
            {.kind = kind_of(event.mask), .path = event.len == 0 ? folder->second : folder->second / name});
      }
    }
  }
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

}  // namespace exo

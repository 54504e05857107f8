#include "services/artifacts/unpacking.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/files.h"
#include "services/artifacts/artifact_path.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using Kind = ArtifactEntry::Kind;

constexpr mode_t kReadOnlyFolder = 0555;

}  // namespace

Result<void> UnpackingSink::open(const fs::path& path, mode_t mode) {
  file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file_ || ::fchmod(file_.get(), mode) != 0) return file_error("write", path.string(), errno);
  return {};
}

Result<void> UnpackingSink::begin(const ArtifactEntry& entry, std::int64_t time) {
  const fs::path path = folder_ / entry.path;
  name_ = path.string();
  time_ = time;
  const fs::path folder = entry.kind == Kind::kFolder ? path : path.parent_path();
  if (auto made = make_folder(folder.string()); !made) return made;
  if (entry.is_file()) return open(path, entry.kind == Kind::kProgram ? 0555 : 0444);
  if (entry.kind == Kind::kLink && ::symlink(entry.target.c_str(), path.c_str()) != 0)
    return file_error("write", name_, errno);
  return {};
}

Result<void> UnpackingSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error("write", name_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> UnpackingSink::end() {
  if (!file_) return {};
  const std::array<timespec, 2> times{timespec{.tv_sec = time_, .tv_nsec = 0},
                                      timespec{.tv_sec = time_, .tv_nsec = 0}};
  if (::futimens(file_.get(), times.data()) != 0 || ::close(file_.release()) != 0)
    return file_error("write", name_, errno);
  return {};
}

Result<void> UnpackingSink::finish(const ArtifactManifest& manifest) {
  if (auto made = make_folder(folder_.string()); !made) return made;
  const std::string text = format_manifest(manifest);
  auto written = begin({.path = kManifestName}, time_in_archive(manifest));
  if (written) written = write(text);
  if (written) written = end();
  if (!written) return written;
  std::error_code failure;
  for (fs::recursive_directory_iterator each(folder_, failure), end; !failure && each != end;
       each.increment(failure)) {
    if (fs::is_directory(each->symlink_status(failure)) &&
        ::chmod(each->path().c_str(), kReadOnlyFolder) != 0)
      return file_error("write", each->path().string(), errno);
  }
  if (failure) return file_error("write", folder_.string(), failure.value());
  // Once for all of them: an artifact may have tens of thousands of files.
  const UniqueFd folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::syncfs(folder.get()) != 0) return file_error("write", folder_.string(), errno);
  return {};
}

}  // namespace exo

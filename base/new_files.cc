#include "base/new_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/files.h"
#include "base/unique_fd.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

Result<void> write_to(int fd, const fs::path& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = ::write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("write", path.string(), errno);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

NewFiles::~NewFiles() {
  std::error_code failure;
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) fs::remove(*path, failure);
}

Result<void> NewFiles::make_folder(const fs::path& folder) {
  std::error_code failure;
  if (fs::is_directory(folder, failure)) return {};
  if (folder.has_parent_path() && folder.parent_path() != folder) {
    if (const auto above = make_folder(folder.parent_path()); !above) return above;
  }
  constexpr mode_t kMode = 0777;  // the user's mask takes off what nobody else may
  if (::mkdir(folder.c_str(), kMode) != 0) return file_error("make the folder", folder.string(), errno);
  made_.push_back(folder);
  return {};
}

Result<void> NewFiles::make_file(const fs::path& path, std::string_view content, mode_t mode) {
  if (const auto folder = make_folder(path.parent_path()); !folder) return folder;
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file && errno == EEXIST) {
    return Error{"taken",
                 "'" + path.string() +
                     "' is there already, and nothing is overwritten; move it away, or choose another name"};
  }
  if (!file) return file_error("make the file", path.string(), errno);
  made_.push_back(path);
  return write_to(file.get(), path, content);
}

}  // namespace exo

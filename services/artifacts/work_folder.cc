#include "services/artifacts/work_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/files.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBeginning = "work.";
constexpr std::string_view kEnding = ".new";

// A folder that is locked and still has its name; none where another has it, or has removed it.
UniqueFd lock_folder(const fs::path& folder) {
  UniqueFd file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0 || ::fstat(file.get(), &status) != 0) return {};
  return status.st_nlink == 0 ? UniqueFd() : std::move(file);
}

void remove_what_was_left(const fs::path& parent) {
  std::error_code failure;
  for (fs::directory_iterator each(parent, failure), end; !failure && each != end; each.increment(failure)) {
    const std::string name = each->path().filename().string();
    if (!name.starts_with(kBeginning) || !name.ends_with(kEnding)) continue;
    if (const UniqueFd lock = lock_folder(each->path())) remove_read_only_folder(each->path());
  }
}

}  // namespace

Result<WorkFolder> WorkFolder::begin(const fs::path& parent) {
  if (const auto made = make_folder(parent.string()); !made) return made.error();
  remove_what_was_left(parent);
  for (;;) {
    const fs::path path = temporary_name((parent / "work").string());
    if (::mkdir(path.c_str(), 0700) != 0) return file_error("make", path.string(), errno);
    // Between the two somebody who removes what was left may have taken it for that.
    if (UniqueFd lock = lock_folder(path)) return WorkFolder(path, std::move(lock));
    ::rmdir(path.c_str());
  }
}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::move(other.lock_)) {
  other.path_.clear();
}

WorkFolder::~WorkFolder() {
  if (!path_.empty()) remove_read_only_folder(path_);
}

void remove_read_only_folder(const fs::path& folder) {
  std::error_code failure;
  ::chmod(folder.c_str(), 0700);
  for (fs::recursive_directory_iterator each(folder, failure), end; !failure && each != end;
       each.increment(failure)) {
    std::error_code unknown;
    if (each->symlink_status(unknown).type() == fs::file_type::directory)
      ::chmod(each->path().c_str(), 0700);  // before it is entered
  }
  fs::remove_all(folder, failure);
}

}  // namespace exo

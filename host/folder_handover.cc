#include "host/folder_handover.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "base/files.h"
#include "base/unique_fd.h"

namespace exo {
namespace {

// Each level holds two descriptors open; nobody nests data deeper.
constexpr int kDeepest = 200;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

Result<struct stat> status_of(const UniqueFd& file, const std::string& path) {
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return file_error("look at", path, errno);
  return status;
}

// A descriptor of the entry itself, be it a link, and of nothing behind it.
UniqueFd open_entry(int folder, const char* name) {
  return UniqueFd(::openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

class Handover {
 public:
  Handover(const struct stat& top, const Credentials& to)
      : device_(top.st_dev), former_owner_(top.st_uid), to_(to) {}

  Result<void> give(const UniqueFd& entry, const std::string& path, int depth) const {
    const auto status = status_of(entry, path);
    if (!status) return status.error();
    if (status.value().st_dev != device_) return {};
    if (S_ISDIR(status.value().st_mode)) {
      if (const auto given = give_content(entry, path, depth); !given) return given;
    }
    if (status.value().st_uid != former_owner_) return {};
    if (::fchownat(entry.get(), "", to_.uid, to_.gid, AT_EMPTY_PATH) == 0) return {};
    return file_error("change the owner of", path, errno);
  }

 private:
  Result<void> give_content(const UniqueFd& folder, const std::string& path, int depth) const {
    if (depth == kDeepest) return file_error("change the owner of what is in", path, ELOOP);
    const int fd = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const OpenFolder content(fd < 0 ? nullptr : ::fdopendir(fd));
    if (content == nullptr) return file_error("read", path, errno);
    while (const dirent* entry = ::readdir(content.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      const UniqueFd file = open_entry(folder.get(), entry->d_name);
      if (!file && errno == ENOENT) continue;  // somebody has removed it meanwhile
      const auto given = give(file, path + "/" + std::string(name), depth + 1);
      if (!given) return given;
    }
    return {};
  }

  dev_t device_;
  uid_t former_owner_;
  const Credentials& to_;
};

Error behind_a_link(const std::string& folder, const Credentials& to) {
  return Error{"not-allowed", folder + " is a link, behind which exo changes no owner; type: chown -R " +
                                  user_name(to.uid) + " " + folder + "/"};
}

}  // namespace

Result<void> hand_over(const std::string& folder, const Credentials& to) {
  struct stat reached {};
  if (::stat(folder.c_str(), &reached) != 0) return file_error("look at", folder, errno);
  if (reached.st_uid == to.uid) return {};
  const UniqueFd top = open_entry(AT_FDCWD, folder.c_str());
  const auto status = status_of(top, folder);
  if (!status) return status.error();
  if (S_ISLNK(status.value().st_mode)) return behind_a_link(folder, to);
  return Handover(status.value(), to).give(top, folder, 0);
}

}  // namespace exo

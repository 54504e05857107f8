#include "host/state_custody.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/shell_word.h"
#include "base/unix_user.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kWritableForOthers = S_IWGRP | S_IWOTH;

class CustodyCheck {
 public:
  CustodyCheck(const StateFolder& state, uid_t own) : state_(state), own_(own) {}

  std::vector<CustodyGap> run() {
    const bool is_home_fine = look_at_folder(state_.path().parent_path());
    if (is_home_fine && look_at_folder(state_.path())) look_at_content();
    return std::move(gaps_);
  }

 private:
  // False when there is a gap, or nothing.
  bool look_at(const fs::path& path, bool follows_link = false) {
    struct stat status {};
    const int failed = follows_link ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status);
    if (failed != 0) return false;
    if (status.st_uid != own_) {
      add_stranger(path, status.st_uid);
      return false;
    }
    if (S_ISLNK(status.st_mode) || (status.st_mode & kWritableForOthers) == 0) return true;
    add(path, "may be written by others than " + user_name(own_) + ", who runs exo",
        "type: chmod go-w " + shell_word(path.string()));
    return false;
  }

  // The folder may lie elsewhere, behind a link of its owner.
  bool look_at_folder(const fs::path& folder) { return look_at(folder) && look_at(folder, true); }

  void look_at_content() {
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(state_.path(), failure)) {
      if (is_of_a_service(entry.path())) continue;
      if (!look_at_folder(entry.path()) || !entry.is_directory(failure)) continue;
      if (entry.path() == state_.data() || entry.path() == state_.tokens()) continue;
      look_at_all_in(entry.path());
    }
  }

  void look_at_all_in(const fs::path& folder) {
    std::error_code failure;
    fs::recursive_directory_iterator each(folder, failure);
    for (; !failure && each != fs::recursive_directory_iterator(); each.increment(failure)) {
      if (!look_at(each->path())) each.disable_recursion_pending();
    }
  }

  // What Python compiles for each of the other users.
  bool is_of_a_service(const fs::path& path) const {
    const std::string beginning = state_.python_cache().filename().string() + "-";
    return path.filename().string().rfind(beginning, 0) == 0;
  }

  void add_stranger(const fs::path& path, uid_t owner) {
    if (std::exchange(has_stranger_, true)) return;
    const std::string home = state_.path().parent_path().string();
    add(path,
        "belongs to " + user_name(owner) + ", and exo is run by " + user_name(own_) +
            ": its owner may know the key, and change what exo believes and writes there",
        "type: chown -R " + user_name(own_) + ": " + home + " && rm -rf " + state_.key_file().string() + " " +
            state_.python_cache().string() + "; or, to begin anew, move " + home + " away");
  }

  void add(const fs::path& path, const std::string& meaning, const std::string& mend) {
    gaps_.push_back({.place = {.file = as_the_user_names_it(path), .line = 0, .key = ""},
                     .meaning = meaning,
                     .mend = mend});
  }

  std::string as_the_user_names_it(const fs::path& path) const {
    const fs::path within = path.lexically_relative(state_.application());
    return within.empty() || *within.begin() == ".." ? path.string() : within.string();
  }

  const StateFolder& state_;
  uid_t own_;
  bool has_stranger_ = false;
  std::vector<CustodyGap> gaps_;
};

}  // namespace

std::vector<CustodyGap> find_custody_gaps(const StateFolder& state, uid_t own) {
  return CustodyCheck(state, own).run();
}

}  // namespace exo

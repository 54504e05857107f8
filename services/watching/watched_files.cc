#include "services/watching/watched_files.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "base/content_digest.h"
#include "base/text.h"
#include "services/artifacts/artifact_path.h"
#include "services/artifacts/artifact_tree.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> all_files(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::recursive_directory_iterator each(folder, failure), end; !failure && each != end;
       each.increment(failure)) {
    std::error_code unknown;
    const bool is_folder = fs::is_directory(each->symlink_status(unknown));
    if (is_left_alone(each->path().filename().string())) {
      if (is_folder) each.disable_recursion_pending();
      continue;
    }
    if (!is_folder) names.push_back(each->path().lexically_relative(folder).generic_string());
    if (names.size() > kMaxDigestedFiles)
      return Error{"too-large", folder.string() + " holds more than " + std::to_string(kMaxDigestedFiles) +
                                    " files; put it under git, or name those to watch under artifact: files: "
                                    "in service.yml"};
  }
  return names;
}

// Any change of a file's content changes its ctime, which nobody can set.
bool is_same(const struct stat& left, const struct stat& right) {
  return left.st_dev == right.st_dev && left.st_ino == right.st_ino && left.st_size == right.st_size &&
         left.st_mode == right.st_mode && left.st_ctim.tv_sec == right.st_ctim.tv_sec &&
         left.st_ctim.tv_nsec == right.st_ctim.tv_nsec;
}

}  // namespace

bool is_left_alone(const std::string& name) {
  return name == "node_modules" || name.starts_with(".");
}

Result<std::vector<std::string>> WatchedFiles::names() const {
  auto chosen = choose_files({.folder = folder_, .top = kServiceTop, .named = named_});
  if (!chosen && chosen.error().code != "absent") return chosen.error();
  // A service that nobody has added to git yet is edited more than any other.
  const bool is_known = chosen && (named_ || !chosen.value().names.empty());
  if (is_known) return std::move(chosen).value().names;
  const auto untracked = chosen ? files_of_git(folder_) : std::nullopt;
  if (!untracked || untracked->empty()) return all_files(folder_);
  std::vector<std::string> names;
  names.reserve(untracked->size());
  for (const fs::path& file : *untracked) {
    const bool is_left_out = std::any_of(file.begin(), file.end(),
                                         [](const fs::path& part) { return is_left_alone(part.string()); });
    if (!is_left_out) names.push_back(file.generic_string());
  }
  return names;
}

Result<FileDigests> WatchedFiles::read() {
  const auto chosen = names();
  if (!chosen) return chosen.error();
  FileDigests digests;
  std::map<std::string, Known> known;
  for (const std::string& name : chosen.value()) {
    Known file;
    const fs::path path = folder_ / name;
    if (::lstat(path.c_str(), &file.status) != 0) continue;
    if (const auto before = known_.find(name);
        before != known_.end() && is_same(before->second.status, file.status)) {
      file.digest = before->second.digest;
    } else {
      const auto entry = entry_of(name, path);
      if (!entry) continue;
      const bool is_program = entry.value().kind == ArtifactEntry::Kind::kProgram;
      file.digest = entry.value().digest + (is_program ? " program" : "") + entry.value().target;
    }
    digests[name] = file.digest;
    known[name] = std::move(file);
  }
  known_ = std::move(known);
  return digests;
}

}  // namespace exo

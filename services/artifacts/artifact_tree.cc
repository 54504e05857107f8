#include "services/artifacts/artifact_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <system_error>

#include "base/digest.h"
#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "services/artifacts/artifact_path.h"
#include "services/artifacts/git_files.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;

std::string shown(const fs::path& folder, const std::string& name) {
  return printable((folder / name).string(), 300);
}

Error too_many() {
  return Error{"too-large", "an artifact holds at most " + std::to_string(kMaxArtifactEntries) +
                                " files; leave what is not needed to run out of it"};
}

bool is_below(const std::string& name, const std::string& folder) {
  return name == folder ||
         (name.size() > folder.size() && name.starts_with(folder) && name[folder.size()] == '/');
}

void check_required(const ArtifactSource& source, ChosenFiles& chosen) {
  for (const std::string& wanted : source.required) {
    const auto& names = chosen.names;
    if (std::any_of(names.begin(), names.end(), [&](const auto& name) { return is_below(name, wanted); }))
      continue;
    chosen.faults.push_back(shown(source.folder, wanted) +
                            " is not tracked by git, and so would be missing; add it: git add " +
                            shown(source.folder, wanted));
  }
}

void add_named(const fs::path& folder, const std::string& name, ChosenFiles& chosen) {
  std::error_code failure;
  const fs::file_status status = fs::symlink_status(folder / name, failure);
  if (!fs::is_directory(status)) {
    if (fs::exists(status))
      chosen.names.push_back(name);
    else
      chosen.faults.push_back(shown(folder, name) + " is named under artifact: files:, and is not there");
    return;
  }
  for (fs::recursive_directory_iterator each(folder / name, failure), end; !failure && each != end;
       each.increment(failure)) {
    const fs::path below = each->path().lexically_relative(folder);
    std::error_code unknown;
    if (!fs::is_directory(each->symlink_status(unknown))) chosen.names.push_back(below.generic_string());
    if (chosen.names.size() > kMaxArtifactEntries) return;
  }
  if (failure)
    chosen.faults.push_back(shown(folder, name) + " cannot be listed: " + failure.message() +
                            "; give yourself the right to read all folders in it");
}

Result<void> add_tracked(const ArtifactSource& source, ChosenFiles& chosen) {
  auto tracked = tracked_files(source.folder);
  if (!tracked) return tracked.error();
  for (std::string& name : tracked.value()) {
    if (source.is_wanted && !source.is_wanted(name)) continue;
    struct stat status {};
    if (::lstat((source.folder / name).c_str(), &status) != 0 && errno == ENOENT) continue;
    if (S_ISDIR(status.st_mode)) {
      chosen.faults.push_back(shown(source.folder, name) +
                              " is a git repository of its own; name what is needed of it under artifact: "
                              "files: in service.yml");
    } else {
      chosen.names.push_back(std::move(name));
    }
  }
  return {};
}

// Folders on the way to a file, which must be none that a link leads to.
class Ways {
 public:
  explicit Ways(fs::path folder) : folder_(std::move(folder)) {}

  bool is_plain(const std::string& name) {
    const fs::path parent = fs::path(name).parent_path();
    if (parent.empty() || known_.count(parent.string()) != 0) return true;
    std::error_code failure;
    if (!is_plain(parent.string()) || !fs::is_directory(fs::symlink_status(folder_ / parent, failure)))
      return false;
    known_.insert(parent.string());
    return true;
  }

 private:
  fs::path folder_;
  std::set<std::string> known_;
};

enum class Side { kSource, kCopy };
struct CopyFailure {
  Side side;
  Error error;
};

std::optional<CopyFailure> copy_content(const fs::path& from, const fs::path& to, EarlyStop stop) {
  const UniqueFd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!in || ::fstat(in.get(), &status) != 0)
    return CopyFailure{Side::kSource, file_error("read", from.string(), errno)};
  const mode_t mode = (status.st_mode & 0100U) != 0 ? 0755 : 0644;
  const UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!out || ::fchmod(out.get(), mode) != 0)
    return CopyFailure{Side::kCopy, file_error("write", to.string(), errno)};
  std::string piece(kPieceBytes, '\0');
  for (;;) {
    if (stop.is_there()) return CopyFailure{Side::kCopy, stopped_error()};
    const ssize_t got = ::read(in.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CopyFailure{Side::kSource, file_error("read", from.string(), errno)};
    if (got == 0) return std::nullopt;
    for (std::string_view left(piece.data(), static_cast<std::size_t>(got)); !left.empty();) {
      const ssize_t written = ::write(out.get(), left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return CopyFailure{Side::kCopy, file_error("write", to.string(), errno)};
      left.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

// What kind of thing cannot be packed; empty for files and links.
std::string fault_of_type(const fs::path& path, std::error_code& failure) {
  const fs::file_status status = fs::symlink_status(path, failure);
  if (fs::is_regular_file(status) || fs::is_symlink(status)) return {};
  return "is neither a file nor a link nor a folder; remove it, or leave it out by naming what goes in under "
         "artifact: files: in service.yml";
}

// The sentence about a file that cannot be copied; empty when it was.
Result<std::string> copy_file(const ArtifactSource& source, const std::string& name, const fs::path& to,
                              EarlyStop stop) {
  const fs::path from = source.folder / name;
  const std::string place = source.top + "/" + name;
  const std::string who = shown(source.folder, name) + " ";
  if (std::string fault = fault_of_artifact_path(place); !fault.empty()) return who + fault;
  std::error_code failure;
  if (std::string fault = fault_of_type(from, failure); !fault.empty()) return who + fault;
  if (fs::is_symlink(fs::symlink_status(from, failure))) {
    const std::string target = fs::read_symlink(from, failure).string();
    if (std::string fault = fault_of_link(place, target); !fault.empty())
      return who + fault +
             ", or leave the link out by naming what goes in under artifact: files: in "
             "service.yml";
    fs::create_symlink(target, to, failure);
    if (failure) return file_error("write", to.string(), failure.value());
    return std::string();
  }
  const auto failed = copy_content(from, to, stop);
  if (!failed) return std::string();
  if (failed->side == Side::kCopy) return failed->error;
  return failed->error.message + "; give yourself the right to read it, or leave it out";
}

Result<std::string> file_digest(const fs::path& path, std::uint64_t& size, EarlyStop stop) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return file_error("read", path.string(), errno);
  Sha256 digest;
  std::string piece(kPieceBytes, '\0');
  for (;;) {
    if (stop.is_there()) return stopped_error();
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", path.string(), errno);
    if (got == 0) return to_hex(digest.finish());
    size += static_cast<std::uint64_t>(got);
    digest.update(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
  }
}

bool is_empty_folder(const fs::path& folder) {
  std::error_code failure;
  return fs::is_empty(folder, failure) && !failure;
}

// Adds what is at `path`, or what is wrong with it.
Result<void> list_one(const fs::path& root, const fs::path& path, EarlyStop stop, ListedTree& tree) {
  ArtifactEntry entry{.path = path.lexically_relative(root).generic_string()};
  const auto refuse = [&](const std::string& fault) {
    tree.faults.push_back(printable(entry.path, 300) + " " + fault);
    return Result<void>();
  };
  if (std::string fault = fault_of_artifact_path(entry.path); !fault.empty()) return refuse(fault);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return file_error("read", path.string(), errno);
  if (S_ISDIR(status.st_mode)) {
    if (!is_empty_folder(path)) return {};
    entry.kind = ArtifactEntry::Kind::kFolder;
  } else if (S_ISLNK(status.st_mode) || S_ISREG(status.st_mode)) {
    auto listed = entry_of(entry.path, path, stop);
    if (!listed) return listed.error();
    entry = std::move(listed).value();
    if (entry.kind == ArtifactEntry::Kind::kLink) {
      if (std::string fault = fault_of_link(entry.path, entry.target); !fault.empty()) return refuse(fault);
    }
  } else {
    return refuse("is neither a file nor a link nor a folder; have the build command remove it");
  }
  tree.entries.push_back(std::move(entry));
  return {};
}

}  // namespace

Result<ChosenFiles> choose_files(const ArtifactSource& source) {
  ChosenFiles chosen;
  if (source.named) {
    for (const std::string& name : *source.named) add_named(source.folder, name, chosen);
  } else if (const auto added = add_tracked(source, chosen); !added) {
    return added.error();
  }
  if (chosen.names.size() > kMaxArtifactEntries) return too_many();
  std::sort(chosen.names.begin(), chosen.names.end());
  chosen.names.erase(std::unique(chosen.names.begin(), chosen.names.end()), chosen.names.end());
  check_required(source, chosen);
  return chosen;
}

Result<std::vector<std::string>> copy_files(const ArtifactSource& source, const ChosenFiles& chosen,
                                            const fs::path& root, EarlyStop stop) {
  std::vector<std::string> faults;
  Ways ways(source.folder);
  if (const auto made = make_folder((root / source.top).string()); !made) return made.error();
  for (const std::string& name : chosen.names) {
    if (stop.is_there()) return stopped_error();
    const fs::path to = root / source.top / name;
    if (!ways.is_plain(name)) {
      faults.push_back(shown(source.folder, name) +
                       " lies behind a link, where git tracks a folder; put the folder back");
      continue;
    }
    if (const auto made = make_folder(to.parent_path().string()); !made) return made.error();
    auto fault = copy_file(source, name, to, stop);
    if (!fault) return fault.error();
    if (!fault.value().empty()) faults.push_back(std::move(fault).value());
  }
  return faults;
}

Result<ListedTree> list_tree(const fs::path& root, EarlyStop stop) {
  ListedTree tree;
  for (const char* top : {kScriptsTop, kServiceTop}) {
    std::error_code failure;
    if (!fs::exists(root / top, failure)) continue;
    for (fs::recursive_directory_iterator each(root / top, failure), end; !failure && each != end;
         each.increment(failure)) {
      if (const auto listed = list_one(root, each->path(), stop, tree); !listed) return listed.error();
      if (tree.entries.size() > kMaxArtifactEntries) return too_many();
    }
    if (failure) return file_error("list", (root / top).string(), failure.value());
  }
  std::sort(tree.entries.begin(), tree.entries.end(),
            [](const ArtifactEntry& left, const ArtifactEntry& right) { return left.path < right.path; });
  return tree;
}

Result<ArtifactEntry> entry_of(const std::string& place, const fs::path& path, EarlyStop stop) {
  ArtifactEntry entry{.path = place};
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return file_error("read", path.string(), errno);
  if (S_ISLNK(status.st_mode)) {
    std::error_code failure;
    entry.kind = ArtifactEntry::Kind::kLink;
    entry.target = fs::read_symlink(path, failure).string();
    return entry;
  }
  if ((status.st_mode & 0100U) != 0) entry.kind = ArtifactEntry::Kind::kProgram;
  auto digest = file_digest(path, entry.size, stop);
  if (!digest) return digest.error();
  entry.digest = std::move(digest).value();
  return entry;
}

}  // namespace exo

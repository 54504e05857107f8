#include "base/content_digest.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/files.h"
#include "base/process_output.h"
#include "base/text.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kGitWithin{10};
constexpr std::size_t kMaxListBytes = 4 * 1024 * 1024;

bool is_left_out(const fs::path& path) {
  const std::string name = path.filename().string();
  return name == "node_modules" || name.starts_with(".");
}

Error folder_error(const fs::path& path, const std::error_code& error) {
  return file_error("read", path.string(), error.value());
}

Error too_many_files(const fs::path& folder) {
  return Error{"too-large",
               folder.string() + " holds more than " + std::to_string(kMaxDigestedFiles) + " files"};
}

// The files and links below `folder`, relative to it and sorted.
Result<std::vector<fs::path>> files_below(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator each(folder, error), end; each != end; each.increment(error)) {
    if (is_left_out(each->path())) {
      each.disable_recursion_pending();
    } else if (const fs::file_status status = each->symlink_status(error);
               fs::is_regular_file(status) || fs::is_symlink(status)) {
      files.push_back(each->path().lexically_relative(folder));
    }
    if (error) break;
    if (files.size() > kMaxDigestedFiles) return too_many_files(folder);
  }
  if (error) return folder_error(folder, error);
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::string> file_digest(const fs::path& path) {
  Result<std::string> content = read_file(path.string(), kMaxDigestedFileBytes);
  if (!content.ok()) return content.error();
  return text_digest(content.value());
}

Result<std::string> entry_digest(const fs::path& path) {
  std::error_code error;
  if (!fs::is_symlink(fs::symlink_status(path, error))) return file_digest(path);
  const fs::path target = fs::read_symlink(path, error);
  if (error) return folder_error(path, error);
  return sha256_hex(target.string());
}

Result<std::string> digest_of(const fs::path& folder, const std::vector<fs::path>& files) {
  Sha256 all;
  for (const fs::path& file : files) {
    Result<std::string> digest = entry_digest(folder / file);
    if (!digest.ok()) return digest.error();
    all.update(file.generic_string());
    all.update(std::string_view("\0", 1));
    all.update(digest.value());
    all.update("\n");
  }
  return to_hex(all.finish());
}

Result<std::string> folder_digest(const fs::path& folder, std::string_view left_out = "") {
  Result<std::vector<fs::path>> files = files_below(folder);
  if (!files.ok()) return files.error();
  std::erase_if(files.value(),
                [&](const fs::path& file) { return !left_out.empty() && file.extension() == left_out; });
  return digest_of(folder, files.value());
}

}  // namespace

std::optional<std::vector<fs::path>> files_of_git(const fs::path& folder) {
  const auto listed = process_output(
      {"env", "-u", "GIT_DIR", "-u", "GIT_WORK_TREE", "-u", "GIT_INDEX_FILE", "git", "-C", folder.string(),
       "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"},
      kGitWithin, kMaxListBytes);
  if (!listed || !listed.value().status.success() || !listed.value().is_complete) return std::nullopt;
  std::vector<fs::path> files;
  for (const std::string_view name : split(listed.value().text, '\0')) {
    std::error_code error;
    const fs::file_status status = fs::symlink_status(folder / name, error);
    if (!name.empty() && (fs::is_regular_file(status) || fs::is_symlink(status))) files.emplace_back(name);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_digest(std::string_view content) {
  if (content.find('\0') != std::string_view::npos) return sha256_hex(content);
  Sha256 digest;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = content.find("\r\n", begin);
    digest.update(content.substr(begin, end - begin));
    if (end == std::string_view::npos) break;
    begin = end + 1;  // the LF stays
  }
  return to_hex(digest.finish());
}

Result<std::string> content_digest(const std::filesystem::path& path, std::string_view left_out) {
  std::error_code error;
  return fs::is_directory(path, error) ? folder_digest(path, left_out) : file_digest(path);
}

Result<ContentDigests> source_digests(const fs::path& folder) {
  ContentDigests digests;
  Result<std::string> plain = folder_digest(folder);
  if (plain) digests[kDigestOfFiles] = plain.value();
  // What a build or a run left there may be too much to read; git's files need not be.
  const auto files = files_of_git(folder);
  if (files && !files->empty() && files->size() <= kMaxDigestedFiles) {
    Result<std::string> of_git = digest_of(folder, *files);
    if (of_git) digests[kDigestOfGitFiles] = std::move(of_git).value();
  }
  if (digests.empty()) return plain.error();
  return digests;
}

std::string algorithm_to_compare(const ContentDigests& one, const ContentDigests& other) {
  for (const char* algorithm : {kDigestOfArtifact, kDigestOfGitFiles, kDigestOfFiles}) {
    if (one.contains(algorithm) && other.contains(algorithm)) return algorithm;
  }
  return "";
}

}  // namespace exo

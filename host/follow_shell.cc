#include "host/follow_shell.h"

#include <system_error>

#include "host/disk_follow_file.h"

namespace exo {
namespace {

constexpr std::string_view kSuffix = ".follow";

}  // namespace

std::vector<std::string> FollowShell::runs_with_log() {
  std::vector<std::string> runs;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parts_.folder, error)) {
    const std::filesystem::path& path = entry.path();
    const bool unfinished = path.extension() == ".new" && path.stem().extension() == kSuffix;
    std::error_code ignored;
    if (unfinished && owns_logs()) std::filesystem::remove(path, ignored);
    if (path.extension() == kSuffix) runs.push_back(path.stem().string());
  }
  return runs;
}

std::unique_ptr<FollowFile> FollowShell::log_of(const std::string& run) {
  return std::make_unique<DiskFollowFile>(path_of(run));
}

void FollowShell::remove_log(const std::string& run) {
  std::error_code ignored;
  std::filesystem::remove(path_of(run), ignored);
}

std::filesystem::path FollowShell::path_of(const std::string& run) const {
  return parts_.folder / (run + std::string(kSuffix));
}

}  // namespace exo

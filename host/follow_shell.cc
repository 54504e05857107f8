#include "host/follow_shell.h"

#include <algorithm>
#include <system_error>

#include "host/disk_follow_file.h"

namespace exo {

std::vector<ParsedFollowLogName> FollowShell::names() const {
  std::vector<ParsedFollowLogName> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parts_.folder, error)) {
    auto parsed = parse_follow_log_name(entry.path().filename().string());
    if (parsed && parsed->name.epoch <= parts_.ledger.epoch()) names.push_back(*std::move(parsed));
  }
  return names;
}

std::vector<std::string> FollowShell::runs_with_log() {
  std::vector<std::string> runs;
  for (const ParsedFollowLogName& each : names()) {
    if (!each.is_finished) {
      remove(each);
    } else if (std::find(runs.begin(), runs.end(), each.name.run) == runs.end()) {
      runs.push_back(each.name.run);
    }
  }
  return runs;
}

std::unique_ptr<FollowFile> FollowShell::log_of(const std::string& run, std::uint64_t since) {
  return std::make_unique<DiskFollowFile>(
      parts_.folder, FollowLogName{.run = run, .follow = since, .epoch = parts_.ledger.epoch()});
}

void FollowShell::remove_logs(const std::string& run) {
  for (const ParsedFollowLogName& each : names()) {
    if (each.name.run == run) remove(each);
  }
}

void FollowShell::remove(const ParsedFollowLogName& parsed) const {
  std::error_code ignored;
  std::filesystem::remove(parts_.folder / to_file_name(parsed), ignored);
}

}  // namespace exo

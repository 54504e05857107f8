#include "services/artifacts/git_files.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>

#include "base/process_output.h"
#include "base/text.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kGitWithin{60};
constexpr std::size_t kMaxListBytes = std::size_t{64} * 1024 * 1024;

// Whoever starts exo from a hook of git's has these set, to another repository.
const std::vector<std::string> kGit{
    "env", "-u",         "GIT_DIR",  "-u",  "GIT_WORK_TREE",      "-u", "GIT_INDEX_FILE",
    "-u",  "GIT_PREFIX", "LC_ALL=C", "git", "--no-optional-locks"};

enum class Words { kToTheList, kShown };

Result<ProcessOutput> run_git(const fs::path& folder, const std::vector<std::string>& arguments,
                              Words words) {
  std::vector<std::string> argv = kGit;
  argv.insert(argv.end(), {"-C", folder.string()});
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  // A warning among the names would be one of them.
  if (words == Words::kToTheList)
    argv.insert(argv.begin(), {"/bin/sh", "-c", R"(exec "$@" 2>/dev/null)", "sh"});
  return process_output(argv, kGitWithin, kMaxListBytes);
}

// What git said of its failure. env exits with 127 for a program that is not there.
Error failure(const fs::path& folder, const std::vector<std::string>& arguments) {
  const auto again = run_git(folder, arguments, Words::kShown);
  if (!again) return again.error();
  if (again.value().status.code() == 127)
    return Error{"absent", "git, which knows the files of " + folder.string() +
                               ", is not installed; install it, or name the files under artifact: files: in "
                               "service.yml"};
  const std::string said(trim(again.value().text));
  if (said.find("not a git repository") != std::string::npos)
    return Error{"absent", folder.string() +
                               " is in no git repository; put it into one (git init, git add), or name its "
                               "files under artifact: files: in service.yml"};
  return Error{"git", "git cannot tell the files of " + folder.string() + ": " +
                          (said.empty() ? again.value().status.describe() : said)};
}

Result<std::string> ask_git(const fs::path& folder, const std::vector<std::string>& arguments) {
  auto output = run_git(folder, arguments, Words::kToTheList);
  if (!output) return output.error();
  if (!output.value().status.success()) return failure(folder, arguments);
  if (!output.value().is_complete)
    return Error{"too-large", "git knows too many files in " + folder.string()};
  return std::move(output).value().text;
}

std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  for (const std::string_view name : split(list, '\0')) {
    if (!name.empty()) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

Result<std::vector<std::string>> tracked_files(const fs::path& folder) {
  auto list = ask_git(folder, {"ls-files", "-z", "--cached"});
  if (!list) return list.error();
  return names_of(list.value());
}

Result<GitCommit> commit_of(const fs::path& folder) {
  const auto inside = ask_git(folder, {"rev-parse", "--is-inside-work-tree"});
  if (!inside) return inside.error();
  const auto output =
      run_git(folder, {"log", "-1", "--no-show-signature", "--format=%H %ct", "HEAD"}, Words::kToTheList);
  if (!output) return output.error();
  GitCommit commit;
  if (!output.value().status.success()) return commit;
  const std::string_view line = trim(output.value().text);
  const std::size_t space = std::min(line.find(' '), line.size());
  commit.id = line.substr(0, space);
  const std::string_view time = line.substr(std::min(space + 1, line.size()));
  const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), commit.time);
  if (error != std::errc{} || end != time.data() + time.size())
    return Error{"git", "git tells no time of the commit of " + folder.string() + ": " + in_quotes(line)};
  commit.time = std::max<std::int64_t>(commit.time, 0);
  return commit;
}

Result<std::vector<std::string>> changed_files(const fs::path& folder) {
  auto list = ask_git(folder, {"diff", "--name-only", "--relative", "--no-ext-diff", "--no-renames",
                               "--ignore-submodules=none", "-z", "HEAD", "--", "."});
  if (!list) return list.error();
  return names_of(list.value());
}

}  // namespace exo

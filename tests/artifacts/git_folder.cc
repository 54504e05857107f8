#include "tests/artifacts/git_folder.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "base/digest.h"
#include "base/process_output.h"
#include "services/artifacts/work_folder.h"

namespace exo::testing_support {

namespace fs = std::filesystem;

TestFolder::TestFolder() {
  std::string pattern = (fs::temp_directory_path() / "exo-XXXXXX").string();
  EXO_CHECK(::mkdtemp(pattern.data()) != nullptr);
  path_ = fs::canonical(pattern);
}

TestFolder::~TestFolder() {
  remove_read_only_folder(path_);
}

TestFolder& TestFolder::with(const std::string& name, std::string_view content) {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream stream(path_ / name, std::ios::binary);
  stream << content;
  EXO_CHECK(stream.good());
  return *this;
}

void git(const fs::path& folder, const std::vector<std::string>& words) {
  std::vector<std::string> argv{"env",
                                "GIT_AUTHOR_DATE=1700000000 +0000",
                                "GIT_COMMITTER_DATE=1700000000 +0000",
                                "git",
                                "-c",
                                "user.name=Test",
                                "-c",
                                "user.email=test@example.org",
                                "-c",
                                "init.defaultBranch=main",
                                "-C",
                                folder.string()};
  argv.insert(argv.end(), words.begin(), words.end());
  const auto output = process_output(argv, std::chrono::seconds(60));
  EXO_CHECK(output.ok() && output.value().status.success());
}

void commit_all(const fs::path& folder) {
  git(folder, {"init", "--quiet"});
  git(folder, {"add", "--all"});
  git(folder, {"commit", "--quiet", "--message", "all"});
}

std::vector<std::string> names_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    names.push_back(entry.path().lexically_relative(folder).string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

ArtifactManifest made_of(TestFolder& root, const std::vector<std::pair<std::string, std::string>>& files) {
  ArtifactManifest manifest{.role = "todo", .version = "0.0.1"};
  for (const auto& [name, content] : files) {
    root.with(name, content);
    manifest.entries.push_back({.path = name, .size = content.size(), .digest = sha256_hex(content)});
  }
  std::sort(manifest.entries.begin(), manifest.entries.end(),
            [](const auto& left, const auto& right) { return left.path < right.path; });
  return manifest;
}

}  // namespace exo::testing_support

// Folders for tests: of files, and in git.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "services/artifacts/artifact_manifest.h"

namespace exo::testing_support {

// Owns a folder and removes it with all that is in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  TestFolder& with(const std::string& name, std::string_view content);

 private:
  std::filesystem::path path_;
};

// Runs git there, as somebody with a name and at a time that are always the same; it must succeed.
void git(const std::filesystem::path& folder, const std::vector<std::string>& words);
// Puts all that is there under git, in one commit.
void commit_all(const std::filesystem::path& folder);

// The names below a folder, sorted; folders too.
std::vector<std::string> names_below(const std::filesystem::path& folder);
std::string content_of(const std::filesystem::path& file);

// An artifact of these files, which are written below `root`: names in the artifact and contents.
ArtifactManifest made_of(TestFolder& root, const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace exo::testing_support

// Writes the content of an artifact to a folder that nobody may write afterwards.
#pragma once

#include <ctime>
#include <filesystem>
#include <string>

#include "base/unique_fd.h"
#include "services/artifacts/artifact_archive.h"

namespace exo {

// Makes `folder`, which must not be there. Its entries come from a manifest that was checked, so none leads
// outside. Errors are those of base/files.h. One thread.
class UnpackingSink final : public ArchiveSink {
 public:
  explicit UnpackingSink(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<void> begin(const ArtifactEntry& entry, std::int64_t time) override;
  Result<void> write(std::string_view bytes) override;
  Result<void> end() override;

  // Adds the manifest and takes away the right to write, but for `folder` itself, which can be renamed then;
  // all of it survives a power cut.
  Result<void> finish(const ArtifactManifest& manifest);

 private:
  Result<void> open(const std::filesystem::path& path, mode_t mode);

  std::filesystem::path folder_;
  std::string name_;  // of the entry that is being written
  UniqueFd file_;     // empty for links and folders
  std::int64_t time_ = 0;
};

}  // namespace exo

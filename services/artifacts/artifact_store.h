// Where the artifacts of one environment are.
//
//     sha256-<digest>.tar.zst        an artifact, for good: never written over but by the same content
//     versions/<role>@<version>      a link to the one that was built last for that version
//     unpacked/<digest>/             its content, which nobody may write: service/, deployment-scripts/ and
//                                    manifest.json
//     logs/<role>@<version>.log      what its build command printed last
//     work.*.new                     what is being made; see work_folder.h
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/artifacts/artifact_manifest.h"
#include "services/artifacts/early_stop.h"

namespace exo {

struct StoredArtifact {
  std::filesystem::path file;
  std::string digest;
  ArtifactManifest manifest;
  std::optional<Error> fault;  // why it cannot be read; then the manifest is empty
  bool is_latest = false;      // of its version: the one built last
};

// Names a folder, which need not be there; holds nothing. Several may use it at once, also in other
// processes. Blocks on the disk; errors are those of base/files.h and of artifact_archive.h, and name the
// file.
class ArtifactStore {
 public:
  // `copies`: where artifacts are unpacked; empty: in `unpacked`.
  explicit ArtifactStore(std::filesystem::path folder, std::filesystem::path copies = {})
      : folder_(std::move(folder)), copies_(copies.empty() ? folder_ / "unpacked" : std::move(copies)) {}

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path file_of(const std::string& digest) const;
  std::filesystem::path unpacked(const std::string& digest) const;
  std::filesystem::path log_of(const std::string& role, const std::string& version) const;

  // Takes a finished archive, durably: moves it here unless the same artifact is here and whole, and makes it
  // its version's latest.
  Result<StoredArtifact> put(const std::filesystem::path& archive, const ArtifactManifest& manifest) const;

  // All, by role, version and digest; also those that cannot be read.
  Result<std::vector<StoredArtifact>> list() const;

  // By what a person types: the path of a file, ROLE@VERSION for its latest, or the beginning (6 digits or
  // more) of a digest, with or without "sha256:" before it. Error `absent` says what there is; `usage` where
  // several begin so.
  Result<StoredArtifact> find(const std::string& word) const;

  // Its content as a folder, made unless it is there. Whoever kills this, at whatever moment, leaves a whole
  // folder there or none; two at once make one.
  Result<std::filesystem::path> unpack(const StoredArtifact& artifact, EarlyStop stop = {}) const;

 private:
  std::filesystem::path link_of(const std::string& role, const std::string& version) const;

  std::filesystem::path folder_;
  std::filesystem::path copies_;
};

// Copies the archive to a folder, made where it is missing, under a name for people: its version and the
// beginning of its digest. Gives its path; one that is there already is kept when it is the same artifact.
Result<std::filesystem::path> copy_artifact(const StoredArtifact& artifact,
                                            const std::filesystem::path& folder, EarlyStop stop = {});

// Whether all is as the artifact says, its name included where it is named by a digest.
Result<void> verify_artifact(const StoredArtifact& artifact, EarlyStop stop = {});

// Whether an unpacked copy holds what the manifest lists, and nothing else: a sentence for each that it does
// not.
Result<std::vector<std::string>> faults_of_unpacked(const std::filesystem::path& folder,
                                                    const ArtifactManifest& manifest, EarlyStop stop = {});

}  // namespace exo

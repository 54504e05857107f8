// An artifact as a file: a tar archive in GNU's format, packed by zstd. The manifest comes first, then what
// it lists, in its order and nothing else. Owners are 0, modes 0644 and 0755, times that of the origin, so
// that the same manifest and files give the same bytes with the same zstd.
//
// libarchive reads and writes it; its headers stay in the source of this file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "services/artifacts/artifact_manifest.h"
#include "services/artifacts/early_stop.h"

namespace exo {

inline constexpr char kArtifactExtension[] = ".tar.zst";
// Of all that is in an artifact without a commit: 1980-01-01, before which some programs know no time.
inline constexpr std::int64_t kTimeWithoutCommit = 315'532'800;

std::int64_t time_in_archive(const ArtifactManifest& manifest);

// Writes what the manifest lists, found below `root`, into a new file (0444), durably. Error `changed` where
// a file is not what its digest says, `stopped`, and those of base/files.h; then an unfinished file may be
// there.
Result<void> write_archive(const std::filesystem::path& root, const ArtifactManifest& manifest,
                           const std::filesystem::path& file, EarlyStop stop);

// The first part alone: what the archive says that it holds. Errors are those of read_archive().
Result<ArtifactManifest> read_manifest(const std::filesystem::path& file);

// Where the content of an archive goes while it is read. Of each entry begin(), of files write(), then end();
// nothing is known to be as the manifest says before end() of an entry is called. An error ends the reading.
class ArchiveSink {
 public:
  ArchiveSink() = default;
  ArchiveSink(const ArchiveSink&) = delete;
  ArchiveSink& operator=(const ArchiveSink&) = delete;
  virtual ~ArchiveSink() = default;

  virtual Result<void> begin(const ArtifactEntry& entry, std::int64_t time) = 0;
  virtual Result<void> write(std::string_view bytes) = 0;
  virtual Result<void> end() = 0;
};

// Takes any bytes. All that is in the archive is as its manifest says when this succeeds. Error `damaged`
// says what is not, without naming the archive; others are those of base/files.h, of parse_manifest(), of the
// sink, and `stopped`.
Result<ArtifactManifest> read_archive(const std::filesystem::path& file, ArchiveSink& sink, EarlyStop stop);
Result<ArtifactManifest> read_archive(std::string_view bytes, ArchiveSink& sink);

// A sink for who only wants to know whether it is whole.
class NoSink final : public ArchiveSink {
 public:
  Result<void> begin(const ArtifactEntry&, std::int64_t) override { return {}; }
  Result<void> write(std::string_view) override { return {}; }
  Result<void> end() override { return {}; }
};

}  // namespace exo

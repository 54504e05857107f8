// What an artifact says of itself: of which service version it is, what it holds, and where that came from.
//
// It is the file manifest.json at the beginning of the archive; docs/artifacts.md describes it. The digest
// of an artifact is SHA-256 over what it holds: its manifest without `digest` and `origin`, as JSON without
// spaces, keys sorted. Where it came from is no part of it, so that the same files are the same artifact
// whichever commit they are taken from, and whichever zstd has packed them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace exo {

// A file, a link or an empty folder of an artifact. Folders that hold something are not listed.
struct ArtifactEntry {
  enum class Kind { kFile, kProgram /* a file with the executable bit */, kLink, kFolder };

  std::string path;  // "service/server.js", see artifact_path.h
  Kind kind = Kind::kFile;
  std::uint64_t size = 0;  // bytes; 0 but for files and programs
  std::string digest;      // SHA-256 in 64 hexadecimal digits; non-empty exactly for files and programs
  std::string target;      // non-empty exactly for links

  bool is_file() const { return kind == Kind::kFile || kind == Kind::kProgram; }
  bool operator==(const ArtifactEntry&) const = default;
};

// The state of the working tree that an artifact was made from.
struct ArtifactOrigin {
  std::string commit;     // empty: git knows none
  bool dirty = false;     // something of it differed from the commit, or was not in it
  std::int64_t time = 0;  // the commit's, in Unix seconds; 0 without one. Never that of the build: see 0027

  bool operator==(const ArtifactOrigin&) const = default;
};

struct ArtifactManifest {
  std::string role;
  std::string version;
  std::vector<ArtifactEntry> entries;  // in the byte order of their paths, service/service.yml among them
  ArtifactOrigin origin;

  bool operator==(const ArtifactManifest&) const = default;
};

inline constexpr int kArtifactFormat = 1;
inline constexpr std::size_t kMaxArtifactEntries = 100'000;
inline constexpr std::uint64_t kMaxArtifactBytes = std::uint64_t{4} * 1024 * 1024 * 1024;
inline constexpr std::size_t kMaxManifestBytes = std::size_t{64} * 1024 * 1024;

// The digest of the whole: 64 hexadecimal digits.
std::string digest_of(const ArtifactManifest& manifest);

// All bytes that its files have.
std::uint64_t size_of(const ArtifactManifest& manifest);

// Why it can be no artifact's; empty when it can. Too much, no service.yml, a place that is none or is there
// twice.
std::string fault_of_manifest(const ArtifactManifest& manifest);

// JSON with a line end, the same for the same manifest. fault_of_manifest() must have nothing to say.
std::string format_manifest(const ArtifactManifest& manifest);

// Takes any bytes. Error "damaged" for what is no manifest, or has another digest than it says; error
// "unknown-format" for one of a newer exo.
Result<ArtifactManifest> parse_manifest(std::string_view text);

}  // namespace exo

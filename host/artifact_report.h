// What exo build and exo artifact show of an artifact.
//
// The JSON form is a contract with machines (keys may be added, never changed), an object for each:
//   {"role","version","digest","file","files","bytes","commit","dirty","time","latest","fault"}
// `exo artifact show` has "entries" besides. `commit`, `dirty` and `time` are null without a commit, `fault`
// where the artifact can be read; what cannot be read has null for the rest.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "services/artifacts/artifact_store.h"

namespace exo {

enum class ArtifactDetail { kSummary, kEntries };

// One line, ended.
std::string to_json(const StoredArtifact& artifact, ArtifactDetail detail);

// "todo@0.0.1 sha256:1a2b3c4d5e6f: 3 files, 1.2 KiB, of commit 0123456789ab, with changes since", without an
// end.
std::string summary_of(const StoredArtifact& artifact);

// All that is known of one, with each file; lines, each ended.
std::string to_text(const StoredArtifact& artifact);

// A line for each, ended.
std::string to_table(const std::vector<StoredArtifact>& artifacts);

}  // namespace exo

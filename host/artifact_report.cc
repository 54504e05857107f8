#include "host/artifact_report.h"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/byte_size.h"
#include "base/clock.h"
#include "base/text.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;
using Kind = ArtifactEntry::Kind;

constexpr std::size_t kShownDigits = 12;

std::string count_of(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string time_of(const ArtifactOrigin& origin) {
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  return to_rfc3339({static_cast<std::uint64_t>(origin.time) * kNanoseconds});
}

std::string origin_of(const ArtifactOrigin& origin) {
  if (origin.commit.empty()) return "of no commit";
  return "of commit " + origin.commit.substr(0, kShownDigits) + (origin.dirty ? ", with changes since" : "");
}

std::string name_of(const StoredArtifact& artifact) {
  return artifact.manifest.role + "@" + artifact.manifest.version;
}

Json to_json(const ArtifactEntry& entry) {
  switch (entry.kind) {
    case Kind::kLink:
      return {{"path", entry.path}, {"type", "link"}, {"target", entry.target}};
    case Kind::kFolder:
      return {{"path", entry.path}, {"type", "folder"}};
    case Kind::kFile:
    case Kind::kProgram:
      break;
  }
  return {{"path", entry.path},
          {"type", "file"},
          {"mode", entry.kind == Kind::kProgram ? "0755" : "0644"},
          {"size", entry.size},
          {"sha256", entry.digest}};
}

std::string line_of(const ArtifactEntry& entry) {
  switch (entry.kind) {
    case Kind::kLink:
      return printable(entry.path, 500) + " -> " + printable(entry.target, 500);
    case Kind::kFolder:
      return printable(entry.path, 500) + "/";
    case Kind::kFile:
    case Kind::kProgram:
      break;
  }
  return printable(entry.path, 500) + " (" + bytes_for_people(entry.size) +
         (entry.kind == Kind::kProgram ? ", a program)" : ")");
}

}  // namespace

std::string to_json(const StoredArtifact& artifact, ArtifactDetail detail) {
  const ArtifactManifest& manifest = artifact.manifest;
  const bool is_read = !artifact.fault;
  const bool has_commit = is_read && !manifest.origin.commit.empty();
  const auto known = [](bool is_known, Json value) { return is_known ? std::move(value) : Json(); };
  Json json{{"role", known(is_read, manifest.role)},
            {"version", known(is_read, manifest.version)},
            {"digest", "sha256:" + artifact.digest},
            {"file", artifact.file.string()},
            {"files", known(is_read, manifest.entries.size())},
            {"bytes", known(is_read, size_of(manifest))},
            {"commit", known(has_commit, manifest.origin.commit)},
            {"dirty", known(has_commit, manifest.origin.dirty)},
            {"time", known(has_commit, time_of(manifest.origin))},
            {"latest", artifact.is_latest},
            {"fault", known(!is_read, is_read ? "" : artifact.fault->message)}};
  if (detail == ArtifactDetail::kEntries) {
    json["entries"] = Json::array();
    for (const ArtifactEntry& entry : manifest.entries) json["entries"].push_back(to_json(entry));
  }
  return json.dump() + "\n";
}

std::string summary_of(const StoredArtifact& artifact) {
  return name_of(artifact) + " sha256:" + artifact.digest.substr(0, kShownDigits) + ": " +
         count_of(artifact.manifest.entries.size(), "file") + ", " +
         bytes_for_people(size_of(artifact.manifest)) + ", " + origin_of(artifact.manifest.origin);
}

std::string to_text(const StoredArtifact& artifact) {
  const ArtifactOrigin& origin = artifact.manifest.origin;
  std::string text = name_of(artifact) + "\n  digest   sha256:" + artifact.digest + "\n  archive  " +
                     artifact.file.string() + "\n  content  " +
                     count_of(artifact.manifest.entries.size(), "file") + ", " +
                     bytes_for_people(size_of(artifact.manifest)) + "\n  origin   ";
  text += origin.commit.empty() ? "of no commit"
                                : "commit " + origin.commit + " of " + time_of(origin) +
                                      (origin.dirty ? ", with changes since" : "");
  text += "\n\n";
  for (const ArtifactEntry& entry : artifact.manifest.entries) text += line_of(entry) + "\n";
  return text;
}

std::string to_table(const std::vector<StoredArtifact>& artifacts) {
  std::string text;
  for (const StoredArtifact& artifact : artifacts) {
    text += artifact.fault ? artifact.fault->message
                           : summary_of(artifact) + (artifact.is_latest ? "" : " (built before another)");
    text += "\n";
  }
  return text;
}

}  // namespace exo

#include "services/artifacts/artifact_manifest.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/digest.h"
#include "base/semantic_version.h"
#include "base/text.h"
#include "services/artifacts/artifact_path.h"
#include "services/names.h"

namespace exo {
namespace {

using Json = nlohmann::json;
using Kind = ArtifactEntry::Kind;

constexpr const char* kModeOfFile = "0644";
constexpr const char* kModeOfProgram = "0755";
constexpr std::size_t kHexDigits = kSha256Size * 2;

std::string shown_digest(const std::string& digest) {
  return "sha256:" + digest;
}

Json to_json(const ArtifactEntry& entry) {
  switch (entry.kind) {
    case Kind::kLink:
      return {{"path", entry.path}, {"target", entry.target}, {"type", "link"}};
    case Kind::kFolder:
      return {{"path", entry.path}, {"type", "folder"}};
    case Kind::kFile:
    case Kind::kProgram:
      break;
  }
  return {{"mode", entry.kind == Kind::kProgram ? kModeOfProgram : kModeOfFile},
          {"path", entry.path},
          {"sha256", entry.digest},
          {"size", entry.size},
          {"type", "file"}};
}

Json content_of(const ArtifactManifest& manifest) {
  Json files = Json::array();
  for (const ArtifactEntry& entry : manifest.entries) files.push_back(to_json(entry));
  return {{"files", std::move(files)},
          {"format", kArtifactFormat},
          {"role", manifest.role},
          {"version", manifest.version}};
}

bool is_hex(const std::string& text, std::size_t from, std::size_t to) {
  return text.size() >= from && text.size() <= to &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Thrown below parse_manifest() alone, so that each reader need not hand on what it could not read.
struct Damage {
  std::string what;
};

// Every key must be there and no other: what is not understood would not be digested either.
void must_be_map(const Json& json, const std::string& where, std::initializer_list<const char*> keys) {
  if (!json.is_object()) throw Damage{where + " is no JSON object"};
  for (const char* key : keys) {
    if (!json.contains(key)) throw Damage{where + " has no \"" + key + "\""};
  }
  if (json.size() != keys.size()) throw Damage{where + " has keys that do not belong there"};
}

std::string text_at(const Json& json, const char* key) {
  const Json& value = json.at(key);
  if (!value.is_string()) throw Damage{std::string("\"") + key + "\" is no text"};
  return value.get<std::string>();
}

template <typename Number>
Number number_at(const Json& json, const char* key, Number most) {
  const Json& value = json.at(key);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > static_cast<std::uint64_t>(most))
    throw Damage{std::string("\"") + key + "\" is no number that can be"};
  return static_cast<Number>(value.get<std::uint64_t>());
}

ArtifactEntry entry_of(const Json& json) {
  if (!json.is_object() || !json.contains("type")) throw Damage{"a file has no \"type\""};
  const std::string type = text_at(json, "type");
  if (type == "folder") {
    must_be_map(json, "a folder", {"path", "type"});
    return {.path = text_at(json, "path"), .kind = Kind::kFolder};
  }
  if (type == "link") {
    must_be_map(json, "a link", {"path", "target", "type"});
    return {.path = text_at(json, "path"), .kind = Kind::kLink, .target = text_at(json, "target")};
  }
  if (type != "file") throw Damage{"a file is of the type " + in_quotes(type)};
  must_be_map(json, "a file", {"mode", "path", "sha256", "size", "type"});
  const std::string mode = text_at(json, "mode");
  if (mode != kModeOfFile && mode != kModeOfProgram) throw Damage{"a file has the mode " + in_quotes(mode)};
  return {.path = text_at(json, "path"),
          .kind = mode == kModeOfProgram ? Kind::kProgram : Kind::kFile,
          .size = number_at(json, "size", kMaxArtifactBytes),
          .digest = text_at(json, "sha256")};
}

ArtifactOrigin origin_of(const Json& json) {
  constexpr std::int64_t kLatest = 253'402'300'799;  // the last second of the year 9999
  if (json.is_null()) return {};
  must_be_map(json, "the origin", {"commit", "dirty", "time"});
  if (!json.at("dirty").is_boolean()) throw Damage{"\"dirty\" is neither true nor false"};
  ArtifactOrigin origin{.commit = text_at(json, "commit"),
                        .dirty = json.at("dirty").get<bool>(),
                        .time = number_at(json, "time", kLatest)};
  if (!is_hex(origin.commit, 40, 64)) throw Damage{"\"commit\" is no commit"};
  return origin;
}

ArtifactManifest manifest_of(const Json& json) {
  must_be_map(json, "it", {"digest", "files", "format", "origin", "role", "version"});
  ArtifactManifest manifest{.role = text_at(json, "role"), .version = text_at(json, "version")};
  manifest.origin = origin_of(json.at("origin"));
  const Json& files = json.at("files");
  if (!files.is_array() || files.size() > kMaxArtifactEntries) throw Damage{"\"files\" is no list of files"};
  manifest.entries.reserve(files.size());
  for (const Json& file : files) manifest.entries.push_back(entry_of(file));
  if (std::string fault = fault_of_manifest(manifest); !fault.empty()) throw Damage{std::move(fault)};
  if (text_at(json, "digest") != shown_digest(digest_of(manifest)))
    throw Damage{"what it lists has the digest " + shown_digest(digest_of(manifest)) + ", and it says " +
                 printable(text_at(json, "digest"))};
  return manifest;
}

std::string fault_of_entry(const ArtifactEntry& entry) {
  if (std::string fault = fault_of_artifact_path(entry.path); !fault.empty()) return fault;
  if (entry.kind == Kind::kLink) return fault_of_link(entry.path, entry.target);
  if (entry.is_file() && !is_hex(entry.digest, kHexDigits, kHexDigits)) return "has no digest";
  return {};
}

// A way through what is no folder would lead wherever that leads.
std::string fault_of_ways(const std::vector<ArtifactEntry>& entries) {
  std::set<std::string_view> paths;
  for (const ArtifactEntry& entry : entries) paths.insert(entry.path);
  for (const ArtifactEntry& entry : entries) {
    const std::string_view path = entry.path;
    for (std::size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
      if (paths.count(path.substr(0, end)) != 0)
        return entry.path + " is below " + std::string(path.substr(0, end)) +
               ", which is listed as no folder";
    }
  }
  return {};
}

}  // namespace

std::string digest_of(const ArtifactManifest& manifest) {
  return sha256_hex(content_of(manifest).dump());
}

std::uint64_t size_of(const ArtifactManifest& manifest) {
  std::uint64_t size = 0;
  for (const ArtifactEntry& entry : manifest.entries) size += entry.size;
  return size;
}

std::string fault_of_manifest(const ArtifactManifest& manifest) {
  if (std::string fault = fault_of_role(manifest.role); !fault.empty())
    return "the role " + in_quotes(manifest.role) + " " + fault;
  const auto version = parse_semantic_version(manifest.version);
  if (!version) return version.error().message;
  if (manifest.entries.size() > kMaxArtifactEntries)
    return "more than " + std::to_string(kMaxArtifactEntries) + " files are too many";
  const std::string service_file = std::string(kServiceTop) + "/service.yml";
  bool has_service_file = false;
  std::uint64_t room = kMaxArtifactBytes;
  const ArtifactEntry* before = nullptr;
  for (const ArtifactEntry& entry : manifest.entries) {
    if (std::string fault = fault_of_entry(entry); !fault.empty()) return printable(entry.path) + " " + fault;
    if (before != nullptr && before->path >= entry.path)
      return printable(entry.path) + (before->path == entry.path ? " is listed twice" : " is out of order");
    if (entry.size > room)
      return "its files have more than " + std::to_string(kMaxArtifactBytes) + " bytes, which is too much";
    room -= entry.size;
    has_service_file = has_service_file || (entry.path == service_file && entry.is_file());
    before = &entry;
  }
  if (!has_service_file) return "it holds no " + service_file;
  return fault_of_ways(manifest.entries);
}

std::string format_manifest(const ArtifactManifest& manifest) {
  Json json = content_of(manifest);
  json["digest"] = shown_digest(digest_of(manifest));
  const ArtifactOrigin& origin = manifest.origin;
  json["origin"] = origin.commit.empty()
                       ? Json()
                       : Json{{"commit", origin.commit}, {"dirty", origin.dirty}, {"time", origin.time}};
  return json.dump(1) + "\n";
}

Result<ArtifactManifest> parse_manifest(std::string_view text) {
  const auto damaged = [](const std::string& what) {
    return Error{"damaged", "the manifest of the artifact is damaged: " + what};
  };
  if (text.size() > kMaxManifestBytes)
    return damaged("it has more than " + std::to_string(kMaxManifestBytes) + " bytes");
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return damaged("it is no JSON");
  if (json.is_object() && json.contains("format") && json["format"].is_number_unsigned() &&
      json["format"] != kArtifactFormat)
    return Error{"unknown-format", "the artifact has the format " + json["format"].dump() +
                                       ", and this exo knows " + std::to_string(kArtifactFormat) +
                                       "; build it with this exo, or use the exo that made it"};
  try {
    if (json.is_object() && json.contains("format") && !json["format"].is_number_unsigned())
      return damaged("\"format\" is no number");
    return manifest_of(json);
  } catch (const Damage& damage) {
    return damaged(damage.what);
  }
}

}  // namespace exo

#include "services/artifacts/artifact_manifest.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/digest.h"

namespace exo {
namespace {

using Json = nlohmann::json;
using Kind = ArtifactEntry::Kind;

ArtifactManifest example() {
  return {
      .role = "todo-search",
      .version = "0.0.1",
      .entries = {{.path = "deployment-scripts/todo-search-0.0.1.js", .size = 3, .digest = sha256_hex("abc")},
                  {.path = "service/bin/run", .kind = Kind::kProgram, .size = 0, .digest = sha256_hex("")},
                  {.path = "service/latest", .kind = Kind::kLink, .target = "bin/run"},
                  {.path = "service/service.yml", .size = 1, .digest = sha256_hex("x")},
                  {.path = "service/tmp", .kind = Kind::kFolder}},
      .origin = {.commit = std::string(40, 'a'), .dirty = true, .time = 1'700'000'000}};
}

// The message with which a manifest is refused that was changed so; its digest is right again.
std::string refusal_of(const std::function<void(Json&)>& change) {
  Json json = Json::parse(format_manifest(example()));
  change(json);
  Json content = json;
  content.erase("digest");
  content.erase("origin");
  if (json.contains("digest")) json["digest"] = "sha256:" + sha256_hex(content.dump());
  const auto parsed = parse_manifest(json.dump());
  if (parsed.ok()) return "";
  EXPECT_TRUE(parsed.error().code == "damaged" || parsed.error().code == "unknown-format");
  return parsed.error().message;
}

TEST(ArtifactManifestTest, IsReadAsItWasWritten) {
  const auto parsed = parse_manifest(format_manifest(example()));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed.value(), example());
}

TEST(ArtifactManifestTest, WithoutACommitIsReadAsItWasWritten) {
  ArtifactManifest manifest = example();
  manifest.origin = {};
  EXPECT_EQ(parse_manifest(format_manifest(manifest)).value(), manifest);
}

// docs/artifacts.md: jq -cjS 'del(.digest, .origin)' manifest.json | sha256sum
TEST(ArtifactManifestTest, DigestIsThatOfTheSortedJsonWithoutOrigin) {
  Json json = Json::parse(format_manifest(example()));
  json.erase("digest");
  json.erase("origin");
  EXPECT_EQ(digest_of(example()), sha256_hex(json.dump()));
}

TEST(ArtifactManifestTest, DigestSaysNothingAboutWhereItComesFrom) {
  ArtifactManifest other = example();
  other.origin = {};
  EXPECT_EQ(digest_of(other), digest_of(example()));
}

TEST(ArtifactManifestTest, DigestChangesWithEverythingElse) {
  const std::vector<std::function<void(ArtifactManifest&)>> changes{
      [](auto& it) { it.role = "todo"; },
      [](auto& it) { it.version = "0.0.2"; },
      [](auto& it) { it.entries[0].digest = sha256_hex("abd"); },
      [](auto& it) { it.entries[1].kind = Kind::kFile; },
      [](auto& it) { it.entries[2].target = "bin"; },
      [](auto& it) { it.entries.pop_back(); },
  };
  for (const auto& change : changes) {
    ArtifactManifest other = example();
    change(other);
    EXPECT_NE(digest_of(other), digest_of(example()));
  }
}

TEST(ArtifactManifestTest, WhatIsNoManifestIsRefused) {
  for (const char* text : {"", "{", "[]", "null", "{}", "\"x\"", "{\"format\": 1}", "{\"format\": \"1\"}"}) {
    EXPECT_FALSE(parse_manifest(text).ok()) << text;
  }
}

TEST(ArtifactManifestTest, EachCutIsRefused) {
  const std::string whole = format_manifest(example());
  for (std::size_t size = 0; size + 2 < whole.size(); ++size)
    EXPECT_FALSE(parse_manifest(whole.substr(0, size)).ok()) << "cut at " << size;
}

TEST(ArtifactManifestTest, OneOfANewerFormatSaysSo) {
  EXPECT_NE(refusal_of([](Json& it) { it["format"] = 2; }).find("format 2"), std::string::npos);
}

TEST(ArtifactManifestTest, ADigestThatIsNotThatOfItsListIsRefused) {
  Json json = Json::parse(format_manifest(example()));
  json["files"][0]["sha256"] = sha256_hex("other");
  const auto parsed = parse_manifest(json.dump());
  ASSERT_FALSE(parsed.ok());
  EXPECT_NE(parsed.error().message.find("has the digest"), std::string::npos) << parsed.error().message;
}

TEST(ArtifactManifestTest, EachWrongPartIsRefused) {
  const std::vector<std::function<void(Json&)>> changes{
      [](Json& it) { it["role"] = "../x"; },
      [](Json& it) { it["version"] = "1"; },
      [](Json& it) { it["more"] = 1; },
      [](Json& it) { it.erase("digest"); },
      [](Json& it) { it["files"] = 3; },
      [](Json& it) { it["files"] = Json::array(); },
      [](Json& it) { it["files"][0].erase("path"); },
      [](Json& it) { it["files"][0]["path"] = "../../etc/passwd"; },
      [](Json& it) { it["files"][0]["path"] = "service/../x"; },
      [](Json& it) { it["files"][0]["size"] = -1; },
      [](Json& it) { it["files"][0]["size"] = 1.5; },
      [](Json& it) { it["files"][0]["size"] = kMaxArtifactBytes; },  // with the others it is too much
      [](Json& it) { it["files"][0]["mode"] = "4755"; },
      [](Json& it) { it["files"][0]["sha256"] = "abc"; },
      [](Json& it) { it["files"][0]["type"] = "device"; },
      [](Json& it) { it["files"][0]["owner"] = "root"; },
      [](Json& it) { it["files"][2]["target"] = "../../../etc/passwd"; },
      [](Json& it) { it["files"][1] = it["files"][0]; },            // twice
      [](Json& it) { std::swap(it["files"][0], it["files"][1]); },  // out of order
      [](Json& it) {
        it["files"][4]["path"] = "service/latest/x";
        it["files"].erase(3);
      },
      [](Json& it) { it["files"].erase(3); },  // no service.yml
      [](Json& it) { it["origin"]["commit"] = "main"; },
      [](Json& it) { it["origin"]["dirty"] = 1; },
      [](Json& it) { it["origin"]["time"] = "now"; },
      [](Json& it) { it["origin"]["who"] = "me"; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) EXPECT_NE(refusal_of(changes[i]), "") << "change " << i;
}

TEST(ArtifactManifestTest, NothingMayLieBelowALink) {
  ArtifactManifest manifest = example();
  manifest.entries.insert(manifest.entries.begin() + 3,
                          {.path = "service/latest/x", .size = 0, .digest = sha256_hex("")});
  EXPECT_NE(fault_of_manifest(manifest).find("listed as no folder"), std::string::npos);
}

}  // namespace
}  // namespace exo

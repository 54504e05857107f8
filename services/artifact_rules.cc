#include "services/artifact_rules.h"

#include <string_view>
#include <utility>

#include "base/duration.h"
#include "base/text.h"
#include "services/artifacts/artifact_path.h"
#include "services/configuration_file.h"

namespace exo {
namespace {

constexpr std::chrono::milliseconds kShortestBuild = std::chrono::seconds(1);
constexpr std::chrono::milliseconds kLongestBuild = std::chrono::hours(24);
constexpr std::size_t kMaxBuildBytes = std::size_t{100} * 1024;

// "./dist/" is "dist".
std::string plain(std::string_view name) {
  while (name.starts_with("./")) name.remove_prefix(2);
  while (name.size() > 1 && name.ends_with('/')) name.remove_suffix(1);
  return std::string(name);
}

std::vector<std::string> read_files(ConfigurationFile& file, const Field& field) {
  std::vector<std::string> files{"service.yml"};
  for (const PlacedText& text : file.texts(field, "file or folder")) {
    std::string name = plain(text.text);
    const std::string fault = fault_of_relative_path(name);
    if (name.find_first_of("*?[") != std::string::npos) {
      file.add_mistake(text.line, field.key, text.text,
                       in_quotes(text.text) +
                           " is a pattern; name files and folders, each with all that is "
                           "below it");
    } else if (!fault.empty()) {
      file.add_mistake(text.line, field.key, text.text,
                       in_quotes(text.text) + " " + fault + "; name what is in the service's folder");
    } else {
      files.push_back(std::move(name));
    }
  }
  return files;
}

void read_build(ConfigurationFile& file, const Field& field, ArtifactRules& rules) {
  const auto text = file.text(field);
  if (!text) return;
  const std::string_view command = trim(text->text);
  if (command.empty()) {
    file.add_mistake(field, "is empty; write the command that builds the service, as in \"npm ci\"");
  } else if (command.size() > kMaxBuildBytes) {
    file.add_mistake(field,
                     "is longer than " + std::to_string(kMaxBuildBytes) + " bytes; put it into a script");
  } else {
    rules.build = command;
    rules.build_line = text->line;
  }
}

void read_within(ConfigurationFile& file, const Field& field, ArtifactRules& rules) {
  const auto text = file.text(field);
  if (!text) return;
  const auto within = parse_duration(text->text);
  if (within.ok() && within.value() >= kShortestBuild && within.value() <= kLongestBuild) {
    rules.build_within = within.value();
    return;
  }
  file.add_mistake(field, in_quotes(text->text) +
                              " is not a time for a build command; write one from 1s to 24h, as in \"10m\"");
}

}  // namespace

ArtifactRules read_artifact_rules(ConfigurationFile& file, const Field& artifact) {
  ArtifactRules rules;
  if (!file.is_map(artifact)) return rules;
  file.allow_keys(artifact, {"files", "build", "within"});
  const Field files = ConfigurationFile::at(artifact, "files");
  if (!files.is_absent()) rules.files = read_files(file, files);
  read_build(file, ConfigurationFile::at(artifact, "build"), rules);
  read_within(file, ConfigurationFile::at(artifact, "within"), rules);
  return rules;
}

}  // namespace exo

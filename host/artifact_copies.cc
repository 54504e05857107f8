#include "host/artifact_copies.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "host/artifact_build.h"
#include "host/identity_check.h"
#include "services/artifacts/artifact_builder.h"
#include "services/artifacts/artifact_path.h"
#include "services/artifacts/artifact_store.h"
#include "services/artifacts/work_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownDigits = 12;
constexpr std::size_t kShownFiles = 3;

std::string shown(const std::string& digest) {
  return "sha256:" + digest.substr(0, kShownDigits);
}

// "greeter-0.0.1.js, service.yml and 4 more"
std::string some_of(const std::vector<std::string>& places) {
  std::vector<std::string> names(
      places.begin(), places.begin() + static_cast<std::ptrdiff_t>(std::min(places.size(), kShownFiles)));
  if (places.size() > kShownFiles) names.push_back(std::to_string(places.size() - kShownFiles) + " more");
  return join_for_people(names);
}

class Copying {
 public:
  explicit Copying(const CopyingOptions& options)
      : options_(options), store_(options.state.artifacts(), options.state.copies()) {}

  Result<ArtifactCopies> run() {
    for (const Role& role : options_.application.roles) {
      for (const ServiceVersion& version : role.versions) {
        if (const auto copied = copy(version); !copied) return copied.error();
      }
    }
    if (unpacked_.empty()) return std::move(copies_);
    if (is_of_one_content()) {
      return Error{"refused", "where it is hosted, a version runs from its artifact, and " +
                                  join_for_people(unpacked_) + " cannot have one:\n" + join(faults_, "\n")};
    }
    copies_.notices.push_back(join_for_people(unpacked_) + (unpacked_.size() == 1 ? " runs" : " run") +
                              " from the working tree, since no artifact can be made: " + faults_.front());
    return std::move(copies_);
  }

 private:
  bool is_of_one_content() const { return has_one_content(options_.state.environment()); }

  // What cannot be packed is noted.
  Result<void> copy(const ServiceVersion& version) {
    const VersionKey key{version.role, to_string(version.version)};
    const ArtifactRecipe recipe = recipe_of(options_.application, version, options_.scripts);
    const auto chosen = choose(key, recipe);
    if (chosen) return take(key, version, chosen.value());
    const std::string& code = chosen.error().code;
    if (code != "absent" && code != "refused" && code != "git") return chosen.error();
    unpacked_.push_back(to_text(key));
    faults_.push_back(chosen.error().message);
    return {};
  }

  // The artifact that the version runs from, unpacked.
  Result<StoredArtifact> choose(const VersionKey& key, const ArtifactRecipe& recipe) {
    std::string passed_over;
    for (const auto& artifact : there_are(key)) {
      const auto second = is_second_content(key, artifact);
      if (!second) return second.error();
      if (second.value()) {
        passed_over = artifact.digest;
        continue;
      }
      const auto changed = changed_since(artifact.manifest, recipe, options_.stop);
      // Then only the working tree says what it was brought in with.
      const RecordedVersion& recorded = options_.record.of(key);
      const bool is_tree = changed && changed.value().empty();
      if (is_of_one_content() && recorded.introduced && recorded.artifact.empty() && !is_tree) continue;
      if (!passed_over.empty())
        note(key, "runs from " + shown(artifact.digest) + ", as which it was introduced; " +
                      shown(passed_over) + ", which was built later, has another content and is refused");
      if (is_tree) copies_.as_the_tree.insert(key);
      if (changed && !is_tree) note_difference(key, artifact, changed.value());
      return artifact;
    }
    return build(key, recipe);
  }

  // The one that was built last, then the one that the version was introduced from.
  std::vector<StoredArtifact> there_are(const VersionKey& key) {
    std::vector<StoredArtifact> artifacts;
    const auto add = [&](const std::string& word) {
      auto found = store_.find(word);
      if (found && (artifacts.empty() || artifacts.front().digest != found.value().digest))
        artifacts.push_back(std::move(found).value());
      else if (!found && found.error().code != "absent")
        copies_.notices.push_back(found.error().message);
    };
    add(to_text(key));
    if (const std::string& introduced = options_.record.of(key).artifact; !introduced.empty())
      add(introduced);
    return artifacts;
  }

  Result<bool> is_second_content(const VersionKey& key, const StoredArtifact& artifact) const {
    if (!is_of_one_content()) return false;
    const auto root = store_.unpack(artifact, options_.stop);
    if (!root) return root.error();
    rollout::VersionToBringIn version{.key = key,
                                      .script = std::nullopt,
                                      .required_versions = {},
                                      .dependencies = {},
                                      .sources = {{kDigestOfArtifact, service_digest(artifact.manifest)}},
                                      .artifact = artifact.digest};
    const LoadedScripts scripts = load_scripts(root.value());
    if (const Script* script = scripts.catalog.find(key)) version.script = *script;
    return !second_contents(options_.record, {version}).empty();
  }

  Result<StoredArtifact> build(const VersionKey& key, ArtifactRecipe recipe) {
    options_.say(to_text(key) + " has no artifact yet; building it" +
                 (recipe.build_command.empty() ? "" : ": " + printable(recipe.build_command)));
    recipe.must_be_committed = is_of_one_content();
    auto built = build_artifact(recipe, store_, options_.stop);
    if (built) copies_.as_the_tree.insert(key);
    return built;
  }

  // What a person has edited and not built does not run; they would wonder why.
  void note_difference(const VersionKey& key, const StoredArtifact& artifact,
                       const std::vector<std::string>& changed) {
    const bool is_settled = is_of_one_content() && options_.record.of(key).introduced;
    note(key,
         "runs from its artifact " + shown(artifact.digest) + ", and the working tree has something else (" +
             some_of(changed) + "); " +
             (is_settled ? "what has run stands: give what is new a version of its own; a script that has "
                           "failed comes with a new artifact: exo build " +
                               to_text(key)
                         : "to have that run: exo build " + to_text(key)));
  }

  Result<void> take(const VersionKey& key, const ServiceVersion& version, const StoredArtifact& artifact) {
    if (const ArtifactOrigin& origin = artifact.manifest.origin; origin.dirty)
      note(key,
           "runs from an artifact that differs from the commit " + origin.commit.substr(0, kShownDigits));
    auto root = store_.unpack(artifact, options_.stop);
    if (!root) return root.error();
    if (const auto looked = look_at_copy(key, artifact.manifest, root.value()); !looked) return looked;
    copies_.folders[{version.role, version.folder}] = {.folder = (root.value() / kServiceTop).string(),
                                                       .artifact = artifact.digest};
    copies_.roots[key] = std::move(root).value();
    copies_.sources[key] = {{kDigestOfArtifact, service_digest(artifact.manifest)}};
    return {};
  }

  // Root writes where nobody may.
  Result<void> look_at_copy(const VersionKey& key, const ArtifactManifest& manifest, const fs::path& root) {
    const auto faults = faults_of_unpacked(root, manifest, options_.stop);
    if (!faults) return faults.error();
    if (faults.value().empty()) return {};
    note(key,
         "runs from a copy of its artifact that somebody has written to: " + some_of(faults.value()) +
             "; what a service keeps belongs into the folder that EXO_DATA names. To have it unpacked anew, "
             "stop the fleet, remove " +
             root.string() + ", and start again");
    return {};
  }

  void note(const VersionKey& key, const std::string& text) {
    copies_.notices.push_back(to_text(key) + " " + text);
  }

  const CopyingOptions& options_;
  ArtifactStore store_;
  ArtifactCopies copies_;
  std::vector<std::string> unpacked_;  // versions without a copy
  std::vector<std::string> faults_;    // of each of them
};

}  // namespace

Result<ArtifactCopies> make_copies(const CopyingOptions& options) {
  return Copying(options).run();
}

std::string service_digest(ArtifactManifest manifest) {
  std::erase_if(manifest.entries, [](const ArtifactEntry& entry) {
    return !entry.path.starts_with(std::string(kServiceTop) + "/");
  });
  return digest_of(manifest);
}

LoadedScripts with_copied_scripts(LoadedScripts scripts, const std::map<VersionKey, fs::path>& roots) {
  std::vector<Script>& all = scripts.catalog.scripts;
  for (const auto& [key, root] : roots) {
    LoadedScripts copied = load_scripts(root);
    std::move(copied.mistakes.begin(), copied.mistakes.end(), std::back_inserter(scripts.mistakes));
    const Script* script = copied.catalog.find(key);
    const auto of_tree = std::find_if(
        all.begin(), all.end(), [&, &wanted = key](const Script& each) { return each.brings_in == wanted; });
    if (script != nullptr && of_tree != all.end()) {
      *of_tree = *script;
    } else if (of_tree != all.end()) {
      all.erase(of_tree);
    } else if (script != nullptr) {
      all.push_back(*script);
    }
  }
  sort_scripts(scripts.catalog);
  return scripts;
}

void remove_unused_copies(const fs::path& copies, const std::set<std::string>& used) {
  std::error_code failure;
  std::vector<fs::path> unused;
  for (fs::directory_iterator each(copies, failure), end; !failure && each != end; each.increment(failure)) {
    const std::string name = each->path().filename().string();
    // Another host may be making one right now, to find then that it is not the owner.
    if (used.count(name) == 0 && name.find('.') == std::string::npos) unused.push_back(each->path());
  }
  // Under this name WorkFolder removes what somebody who was killed has left of it.
  for (const fs::path& copy : unused) {
    const fs::path doomed = copies / ("work." + copy.filename().string() + ".new");
    if (std::rename(copy.c_str(), doomed.c_str()) == 0) remove_read_only_folder(doomed);
  }
}

}  // namespace exo

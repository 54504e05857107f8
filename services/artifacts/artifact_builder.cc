#include "services/artifacts/artifact_builder.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <string_view>

#include "base/files.h"
#include "base/text.h"
#include "services/artifacts/artifact_archive.h"
#include "services/artifacts/artifact_path.h"
#include "services/artifacts/build_command.h"
#include "services/artifacts/git_files.h"
#include "services/artifacts/work_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownFaults = 20;
constexpr std::size_t kShownDigits = 12;
constexpr std::size_t kLastWords = 20;  // lines
constexpr std::size_t kMaxLogBytes = std::size_t{64} * 1024 * 1024;

Error refused(const std::string& version, const std::vector<std::string>& faults) {
  std::string text = version + " cannot be packed:";
  for (std::size_t i = 0; i < std::min(faults.size(), kShownFaults); ++i) text += "\n  " + faults[i];
  if (faults.size() > kShownFaults)
    text += "\n  and " + std::to_string(faults.size() - kShownFaults) + " more";
  return Error{"refused", std::move(text)};
}

std::string last_words(const fs::path& log) {
  const auto text = read_file(log.string(), kMaxLogBytes);
  if (!text) return {};
  const std::string_view said = trim(text.value());
  if (said.empty()) return "\n  it printed nothing";
  const std::vector<std::string_view> lines = split(said, '\n');
  std::string words = "\nits last words (all of them: " + log.string() + "):";
  for (std::size_t i = lines.size() - std::min(lines.size(), kLastWords); i < lines.size(); ++i)
    words += "\n  " + printable(lines[i], 500);
  return words;
}

// Where nothing is committed, everything differs from the commit.
Result<bool> is_dirty(const ArtifactSource& source, const std::vector<std::string>& names) {
  auto changed = changed_files(source.folder);
  if (!changed) return changed.error();
  const auto is_meant = [&](const std::string& name) { return !source.is_wanted || source.is_wanted(name); };
  const auto tracked = source.named ? tracked_files(source.folder) : Result(names);
  if (!tracked) return tracked.error();
  if (source.named) {
    const auto is_chosen = [&](const std::string& name) {
      return std::binary_search(names.begin(), names.end(), name);
    };
    return std::any_of(changed.value().begin(), changed.value().end(), is_chosen) ||
           !std::includes(tracked.value().begin(), tracked.value().end(), names.begin(), names.end());
  }
  return std::any_of(changed.value().begin(), changed.value().end(), is_meant);
}

// One build, from the first file to the artifact.
class Building {
 public:
  Building(const ArtifactRecipe& recipe, const ArtifactStore& store, EarlyStop stop, fs::path work)
      : recipe_(recipe),
        store_(store),
        stop_(stop),
        work_(std::move(work)),
        name_(recipe.role + "@" + recipe.version) {
    manifest_.role = recipe.role;
    manifest_.version = recipe.version;
  }

  Result<StoredArtifact> build() {
    for (const ArtifactSource* source : {&recipe_.service, &recipe_.scripts}) {
      if (source->folder.empty()) continue;
      if (const auto taken = take(*source); !taken) return taken.error();
    }
    if (recipe_.must_be_committed) check_commit();
    if (!faults_.empty()) return refused(name_, faults_);
    if (const auto built = run_command(); !built) return built.error();
    auto tree = list_tree(work_, stop_);
    if (!tree) return tree.error();
    if (!tree.value().faults.empty()) return refused(name_, tree.value().faults);
    manifest_.entries = std::move(tree.value().entries);
    if (std::string fault = fault_of_manifest(manifest_); !fault.empty()) return refused(name_, {fault});
    const fs::path archive = work_ / "archive";
    if (const auto written = write_archive(work_, manifest_, archive, stop_); !written)
      return written.error();
    return store_.put(archive, manifest_);
  }

 private:
  Result<void> take(const ArtifactSource& source) {
    auto chosen = choose_files(source);
    if (!chosen) return chosen.error();
    auto copied = copy_files(source, chosen.value(), work_, stop_);
    if (!copied) return copied.error();
    for (auto* faults : {&chosen.value().faults, &copied.value()})
      std::move(faults->begin(), faults->end(), std::back_inserter(faults_));
    return note_origin(source, chosen.value().names);
  }

  // Named files need not be git's; then nothing is known of where they come from.
  Result<void> note_origin(const ArtifactSource& source, const std::vector<std::string>& names) {
    const auto commit = commit_of(source.folder);
    if (!commit) return source.named ? Result<void>() : Result<void>(commit.error());
    if (commit.value().id.empty()) return {};
    ArtifactOrigin& origin = manifest_.origin;
    if (source.top == kServiceTop) origin = {.commit = commit.value().id, .time = commit.value().time};
    if (origin.commit.empty()) return {};
    const auto dirty = is_dirty(source, names);
    if (!dirty) return dirty.error();
    // Scripts of another repository may be of another commit, which nothing names.
    origin.dirty = origin.dirty || dirty.value() || origin.commit != commit.value().id;
    return {};
  }

  void check_commit() {
    const ArtifactOrigin& origin = manifest_.origin;
    if (origin.dirty)
      faults_.push_back("its files differ from the commit " + origin.commit.substr(0, kShownDigits) +
                        "; commit them");
    else if (origin.commit.empty() && !recipe_.service.named)
      faults_.emplace_back("its files are in no commit; commit them");
  }

  Result<void> run_command() {
    if (recipe_.build_command.empty()) return {};
    const fs::path log = store_.log_of(recipe_.role, recipe_.version);
    if (auto made = make_folder(log.parent_path().string()); !made) return made;
    const auto end =
        run_build({.command = recipe_.build_command,
                   .folder = work_ / kServiceTop,
                   .variables = {{"ROLE", recipe_.role},
                                 {"EXO_VERSION", recipe_.version},
                                 {"EXO_SOURCE", recipe_.service.folder.string()},
                                 {"SOURCE_DATE_EPOCH", std::to_string(time_in_archive(manifest_))},
                                 {"TZ", "UTC"}},
                   .log = log,
                   .within = recipe_.build_within,
                   .stop = stop_});
    if (end && end.value().success()) return {};
    if (!end && end.error().code == "stopped") return end.error();
    const std::string outcome = end ? "ended with " + end.value().describe() : end.error().message;
    return Error{"failed", recipe_.build_place + ": the build command of " + name_ + ", " +
                               in_quotes(recipe_.build_command, 200) + ", has failed: " + outcome +
                               last_words(log)};
  }

  const ArtifactRecipe& recipe_;
  const ArtifactStore& store_;
  EarlyStop stop_;
  fs::path work_;
  std::string name_;
  ArtifactManifest manifest_;
  std::vector<std::string> faults_;
};

}  // namespace

Result<StoredArtifact> build_artifact(const ArtifactRecipe& recipe, const ArtifactStore& store,
                                      EarlyStop stop) {
  const auto work = WorkFolder::begin(store.folder());
  if (!work) return work.error();
  return Building(recipe, store, stop, work.value().path()).build();
}

Result<std::vector<std::string>> changed_since(const ArtifactManifest& manifest, const ArtifactRecipe& recipe,
                                               EarlyStop stop) {
  std::map<std::string, const ArtifactEntry*> packed;
  for (const ArtifactEntry& entry : manifest.entries) packed[entry.path] = &entry;
  std::vector<std::string> changed;
  for (const ArtifactSource* source : {&recipe.service, &recipe.scripts}) {
    if (source->folder.empty()) continue;
    const auto chosen = choose_files(*source);
    if (!chosen) return chosen.error();
    for (const std::string& name : chosen.value().names) {
      const std::string place = source->top + "/" + name;
      const auto now = entry_of(place, source->folder / name, stop);
      if (!now) return now.error();
      const auto then = packed.find(place);
      if (then == packed.end() || !(*then->second == now.value())) changed.push_back(place);
      if (then != packed.end()) packed.erase(then);
    }
  }
  for (const auto& [place, entry] : packed) {
    if (recipe.build_command.empty() && entry->kind != ArtifactEntry::Kind::kFolder) changed.push_back(place);
  }
  std::sort(changed.begin(), changed.end());
  return changed;
}

}  // namespace exo

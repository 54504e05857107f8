#include "host/edit_watch.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "deployment-scripts/script_catalog.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kApplicationFile = "application.yml";
constexpr const char* kServiceFile = "service.yml";
constexpr std::size_t kShownFiles = 3;

void hear(const FileTouch& touch, const fs::path& folder, Edits& edits, MonotonicTime now) {
  const bool is_in_it = is_below(touch.path, folder);
  const std::string name = touch.path.lexically_relative(folder).generic_string();
  switch (touch.kind) {
    case FileTouch::Kind::kWritten:
      if (is_in_it) edits.written(name, now);
      break;
    case FileTouch::Kind::kClosed:
      if (is_in_it) edits.closed(name, now);
      break;
    case FileTouch::Kind::kPlaced:
      // The folder itself, or one that holds it: what has happened in it meanwhile is not told.
      if (is_below(folder, touch.path)) {
        edits.missed(now);
      } else if (is_in_it) {
        edits.placed(name, now);
      }
      break;
    case FileTouch::Kind::kMissed:
      edits.missed(now);
      break;
  }
}

void add_fault(std::vector<Error>& faults, const Error& fault) {
  if (std::find(faults.begin(), faults.end(), fault) == faults.end()) faults.push_back(fault);
}

}  // namespace

Result<EditWatch> EditWatch::start(const Application& application) {
  auto watch = FolderWatch::start();
  if (!watch) return watch.error();
  EditWatch edits(std::move(watch).value(), application.folder);
  const std::vector<std::string> own{kApplicationFile};
  if (auto added = edits.add({.what = What::kApplicationFile,
                              .version = {},
                              .service_file = kApplicationFile,
                              .files = {application.folder, own},
                              .edits = Edits({})});
      !added)
    return added.error();
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      auto added = edits.add({.what = What::kVersion,
                              .version = {role.name, to_string(version.version)},
                              .service_file = version.service_file,
                              .files = {version.folder, version.artifact.files},
                              .edits = Edits({})});
      if (!added) return added.error();
    }
  }
  if (auto added = edits.add_scripts(); !added) return added.error();
  return edits;
}

// A folder that is made later holds scripts for the next host alone.
Result<void> EditWatch::add_scripts() {
  const fs::path folder = application_ / kScriptsFolder;
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) return {};
  return add({.what = What::kScripts,
              .version = {},
              .service_file = "",
              .files = {folder, std::nullopt},
              .edits = Edits({})});
}

// What happens from now on is heard of, so nothing is missed between the two.
Result<void> EditWatch::add(Watched watched) {
  if (auto heard = look_into(watched); !heard) return heard;
  auto files = watched.files.read();
  if (!files) return files.error();
  watched.edits = Edits(std::move(files).value());
  watched_.push_back(std::move(watched));
  return {};
}

Result<void> EditWatch::look_into(const Watched& watched) {
  if (watched.what == What::kApplicationFile) return watch_.add(watched.files.folder());
  if (auto heard = watch_above(watched.files.folder()); !heard) return heard;
  return watch_.add_all(watched.files.folder());
}

// Up to the application's folder; of a service elsewhere, to the first that holds both. From the top down:
// what is made meanwhile is heard of or found. One that may not be read is passed over: what is edited in the
// service's folder is heard of without it.
Result<void> EditWatch::watch_above(const fs::path& folder) {
  std::vector<fs::path> above;
  for (fs::path each = folder; !is_below(application_, each);) {
    each = each.parent_path();
    above.push_back(each);
  }
  for (auto each = above.rbegin(); each != above.rend(); ++each) {
    if (auto heard = watch_.add(*each); !heard && heard.error().code == "too-many") return heard;
  }
  return {};
}

void EditWatch::take(MonotonicTime now) {
  for (const FileTouch& touch : watch_.take()) {
    for (Watched& watched : watched_) hear(touch, watched.files.folder(), watched.edits, now);
  }
}

EditLook EditWatch::edits(MonotonicTime now) {
  EditLook look;
  for (Watched& watched : watched_) {
    const auto due = watched.edits.look_at();
    if (!due || *due > now) continue;
    const auto heard = look_into(watched);
    auto files = watched.files.read();
    if (!heard) add_fault(look.faults, heard.error());
    if (!files) {
      add_fault(look.faults, files.error());
      watched.edits.passed_over();
      continue;
    }
    std::vector<std::string> names = watched.edits.looked(std::move(files).value());
    if (watched.what == What::kScripts) {
      look.scripts = std::move(names);
      continue;
    }
    VersionEdit edit{.version = watched.version, .files = std::move(names), .settled = {}};
    const std::string own = watched.what == What::kApplicationFile ? kApplicationFile : kServiceFile;
    if (std::erase(edit.files, own) != 0) edit.settled.push_back(watched.service_file);
    if (!edit.files.empty() || !edit.settled.empty()) look.edits.push_back(std::move(edit));
  }
  return look;
}

std::optional<MonotonicTime> EditWatch::wake_at() const {
  std::optional<MonotonicTime> earliest;
  for (const Watched& watched : watched_) {
    const auto due = watched.edits.look_at();
    if (due && (!earliest || *due < *earliest)) earliest = due;
  }
  return earliest;
}

std::string describe(const VersionEdit& edit) {
  std::vector<std::string> names(
      edit.files.begin(),
      edit.files.begin() + static_cast<std::ptrdiff_t>(std::min(edit.files.size(), kShownFiles)));
  if (edit.files.size() > kShownFiles)
    names.push_back(std::to_string(edit.files.size() - kShownFiles) + " more");
  return to_text(edit.version) + ": " + printable(join_for_people(names)) +
         (edit.files.size() == 1 ? " has" : " have") + " changed; it is started again";
}

}  // namespace exo

#include "host/edit_watch.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kApplicationFile = "application.yml";
constexpr const char* kServiceFile = "service.yml";
constexpr std::size_t kShownFiles = 3;

bool is_below(const fs::path& file, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return end == folder.end();
}

}  // namespace

Result<EditWatch> EditWatch::start(const Application& application) {
  auto watch = FolderWatch::start();
  if (!watch) return watch.error();
  EditWatch edits(std::move(watch).value());
  const std::vector<std::string> own{kApplicationFile};
  if (auto added = edits.add({.version = {},
                              .service_file = kApplicationFile,
                              .files = {application.folder, own},
                              .edits = Edits({})});
      !added)
    return added.error();
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      auto added = edits.add({.version = {role.name, to_string(version.version)},
                              .service_file = version.service_file,
                              .files = {version.folder, version.artifact.files},
                              .edits = Edits({})});
      if (!added) return added.error();
    }
  }
  return edits;
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
  const bool is_application = watched.version.role.empty();
  return is_application ? watch_.add(watched.files.folder()) : watch_.add_all(watched.files.folder());
}

void EditWatch::take(MonotonicTime now) {
  for (const FileTouch& touch : watch_.take()) {
    for (Watched& watched : watched_) {
      const std::string name = touch.path.lexically_relative(watched.files.folder()).generic_string();
      if (touch.kind != FileTouch::Kind::kMissed && !is_below(touch.path, watched.files.folder())) continue;
      switch (touch.kind) {
        case FileTouch::Kind::kWritten:
          watched.edits.written(name, now);
          break;
        case FileTouch::Kind::kClosed:
          watched.edits.closed(name, now);
          break;
        case FileTouch::Kind::kPlaced:
          watched.edits.placed(name, now);
          break;
        case FileTouch::Kind::kMissed:
          watched.edits.missed(now);
          break;
      }
    }
  }
}

Result<std::vector<VersionEdit>> EditWatch::edits(MonotonicTime now) {
  std::vector<VersionEdit> edits;
  std::optional<Error> fault;
  for (Watched& watched : watched_) {
    const auto due = watched.edits.look_at();
    if (!due || *due > now) continue;
    const auto heard = look_into(watched);
    auto files = watched.files.read();
    if (!heard) fault = heard.error();
    if (!files) fault = files.error();
    if (!files) {
      watched.edits.passed_over();
      continue;
    }
    VersionEdit edit{
        .version = watched.version, .files = watched.edits.looked(std::move(files).value()), .settled = {}};
    const std::string own = watched.version.role.empty() ? kApplicationFile : kServiceFile;
    if (std::erase(edit.files, own) != 0) edit.settled.push_back(watched.service_file);
    if (!edit.files.empty() || !edit.settled.empty()) edits.push_back(std::move(edit));
  }
  if (fault && edits.empty()) return *fault;
  return edits;
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

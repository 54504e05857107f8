// Notices edits in the working tree while it runs: of the services' files, of application.yml, and of the
// deployment scripts.
#pragma once

#include <filesystem>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "deployment-scripts/version_key.h"
#include "services/application.h"
#include "services/watching/edits.h"
#include "services/watching/folder_watch.h"
#include "services/watching/watched_files.h"

namespace exo {

// What was edited of one version.
struct VersionEdit {
  VersionKey version;
  std::vector<std::string> files;  // relative to its folder, its service.yml not among them
  // Files that were read when the host began, and are not read again: "greeter/service.yml".
  std::vector<std::string> settled;
};

// What a look found, and why it may not have found all. No two faults are the same.
struct EditLook {
  std::vector<VersionEdit> edits;
  std::vector<std::string> scripts;  // files of deployment-scripts/ that were edited, relative to it
  std::vector<Error> faults;
};

// Used by the host's thread. A version's folder that is removed and made again, or replaced by another, is
// watched again, wherever below the application's folder it is: those between the two are watched as well.
class EditWatch {
 public:
  // What the versions run from is what is there now. Errors are those of FolderWatch and of WatchedFiles.
  static Result<EditWatch> start(const Application& application);

  int fd() const { return watch_.fd(); }
  // Something has happened.
  void take(MonotonicTime now);
  // Looks where an edit is over. Blocks, and runs git. Faults are the errors of start(): what they are about
  // is looked at when it is touched again. An edit of application.yml has no version.
  EditLook edits(MonotonicTime now);
  std::optional<MonotonicTime> wake_at() const;

 private:
  enum class What { kApplicationFile, kVersion, kScripts };
  struct Watched {
    What what = What::kVersion;
    VersionKey version;        // empty for others
    std::string service_file;  // as people know it
    WatchedFiles files;
    Edits edits;
  };
  EditWatch(FolderWatch watch, std::filesystem::path application)
      : application_(std::move(application)), watch_(std::move(watch)) {}
  Result<void> add(Watched watched);
  Result<void> add_scripts();
  Result<void> look_into(const Watched& watched);
  Result<void> watch_above(const std::filesystem::path& folder);

  std::filesystem::path application_;  // its folder
  FolderWatch watch_;
  std::list<Watched> watched_;
};

// For people: "greeter@0.0.1: lib/index.js and 2 more have changed; it is started again".
std::string describe(const VersionEdit& edit);

}  // namespace exo

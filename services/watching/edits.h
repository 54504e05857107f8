// When an edit of a service's files is over, and whether it changed anything. A pure core: it reads no file
// and no clock; it is told what the kernel says of the files, and what they hold when somebody looks.
//
//       written, closed, placed              due: nothing is half-written, and all is quiet
//   (quiet) ───────────▶ (touched) ─────────────────────────────────────────────────────────▶ look
//      ▲                    │ ▲ once more: the quiet begins anew                                │
//      │                    └─┘                                                                 │
//      └──────────────────────────── looked: what has changed ──────────────────────────────────┘
//
// Many files change in one edit: an editor that saves all, git that checks a branch out, a compiler. So an
// edit is over when no file that was written to is still open for it, and nothing has been touched for
// kQuiet. Where it was not over after all, nothing is lost: what is touched later is looked at again, and
// compared with what was seen last. What never ends (a log that is written all the time) is looked at every
// kLongestEdit.
//
// What is compared is content: an edit that is taken back, a file that is saved as it was, and what a build
// leaves beside the watched files restart nothing.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"

namespace exo {

// What the files of a service hold: a digest by name, relative to its folder.
using FileDigests = std::map<std::string, std::string>;

// Of one service version. A value; not thread-safe. Times never go back between calls.
class Edits {
 public:
  static constexpr std::chrono::milliseconds kQuiet{100};
  static constexpr std::chrono::milliseconds kLongestEdit{5'000};

  // `running`: what the version was, or will be, started from.
  explicit Edits(FileDigests running) : seen_(std::move(running)) {}

  // A file was written to, by somebody who has it open. Of others than those seen last, such as the log of a
  // service and the swap file of an editor, this and the next one count for nothing.
  void written(const std::string& name, MonotonicTime now);
  // A file was closed after that.
  void closed(const std::string& name, MonotonicTime now);
  // A file or a folder was made, moved, or removed.
  void placed(const std::string& name, MonotonicTime now);
  // The kernel has told of less than there was.
  void missed(MonotonicTime now);

  // When the files are to be looked at; nullopt: nothing was touched since the last look.
  std::optional<MonotonicTime> look_at() const;
  // What they hold: the names that differ from what was seen last, sorted, those that are gone among them.
  std::vector<std::string> looked(FileDigests now);
  // They could not be looked at: as if nothing had been touched.
  void passed_over();

 private:
  void touch(MonotonicTime now);

  FileDigests seen_;
  std::set<std::string> open_;          // written to, and not closed
  std::optional<MonotonicTime> first_;  // touched since the last look
  MonotonicTime last_;
};

}  // namespace exo

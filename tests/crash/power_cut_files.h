// A disk whose power may be cut at any moment, below the files that exo writes itself: what was written to a
// file since it was last synced is then there or not, in whole sectors or in parts of them, and what was made
// or renamed in a folder is there only once the folder was synced.
//
// It stands in the place of the C library's functions (what tests/ledger/power_cut_vfs.h is for SQLite).
// Everything is done to the real files at once; beside that it remembers what is on the platter for certain.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace exo {

// What a cut takes of that which was not synced.
enum class Loss {
  kEverything,
  kAnything,  // each sector of each write by itself; of names all that were changed in a folder, or none
};

class PowerCutFiles {
 public:
  // The files right in `folder` from now on, until it is destroyed; what is there already is on the platter.
  // One at a time; used by one thread.
  explicit PowerCutFiles(std::string folder);
  PowerCutFiles(const PowerCutFiles&) = delete;
  PowerCutFiles& operator=(const PowerCutFiles&) = delete;
  ~PowerCutFiles();

  // Called after each write and truncation, and before and after each sync: there the power may be cut.
  void at_each_moment(std::function<void()> look) { look_ = std::move(look); }

  // Writes what the disk holds when the power is cut now, each file under its name, into the empty `folder`.
  void write_image(const std::string& folder, Loss loss, std::mt19937& random) const;

  // For the functions that stand in the place of the C library's.
  void before_sync();
  void written(int file, std::uint64_t offset, std::string_view bytes);
  void truncated(int file, std::uint64_t size);
  void synced(int file);
  static PowerCutFiles* current();

 private:
  struct Change {
    std::uint64_t offset = 0;
    std::string bytes;
    bool is_truncation = false;  // to `offset`
  };
  struct File {
    std::string durable;
    std::vector<Change> since;
  };
  using Names = std::map<std::string, ino_t>;

  bool covers(int file) const;
  Names names_now() const;
  void look() const;

  std::string folder_;
  std::map<ino_t, File> files_;
  Names names_;  // that are on the platter
  std::function<void()> look_;
};

}  // namespace exo

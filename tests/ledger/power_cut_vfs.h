// A disk whose power may be cut at any moment: what was written to a file since it was last synced is then
// there or not, in any order, in whole sectors or in parts of them.
//
// It stands between SQLite and the file system. Everything is done to the real files at once; beside that it
// remembers of each file what is on the platter for certain, and what was done since.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace exo {

// What a cut takes of that which was not synced.
enum class Loss {
  kEverything,
  kAnything,  // each write by itself, or a part of it, and those that are kept in any order
};

class PowerCutVfs {
 public:
  // SQLite's files below `folder` from now on, until it is destroyed. One at a time; used by one thread.
  explicit PowerCutVfs(std::string folder);
  PowerCutVfs(const PowerCutVfs&) = delete;
  PowerCutVfs& operator=(const PowerCutVfs&) = delete;
  ~PowerCutVfs();

  // Called after each write and truncation, and before and after each sync: there the power may be cut.
  void at_each_moment(std::function<void()> look) { look_ = std::move(look); }

  // Writes what the disk holds when the power is cut now, each file under its name, into the empty `folder`.
  void write_image(const std::string& folder, Loss loss, std::mt19937& random) const;

  // For the wrapper of SQLite's own file system.
  struct Change {
    std::uint64_t offset = 0;
    std::string bytes;
    bool is_truncation = false;  // to `offset`
  };
  void changed(const std::string& path, Change change);
  void synced(const std::string& path);
  void deleted(const std::string& path);
  bool covers(const std::string& path) const { return path.starts_with(folder_); }

 private:
  struct File {
    std::string durable;
    std::vector<Change> since;
  };
  void look() const;

  std::string folder_;
  std::map<std::string, File> files_;
  std::function<void()> look_;
  struct Registration;
  std::unique_ptr<Registration> registration_;
};

}  // namespace exo

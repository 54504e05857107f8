#include "tests/ledger/power_cut_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

constexpr std::size_t kSectorBytes = 512;

// SQLite allocates it with room for the real file behind it.
struct WrappedFile {
  sqlite3_file base;
  PowerCutVfs* disk;  // null where the file is none of its
  std::string* path;
  sqlite3_file* real;
};

WrappedFile& wrapped(sqlite3_file* file) {
  return *reinterpret_cast<WrappedFile*>(file);
}

sqlite3_file* real_of(sqlite3_file* file) {
  return wrapped(file).real;
}

int close_file(sqlite3_file* file) {
  const int result = real_of(file)->pMethods->xClose(real_of(file));
  delete wrapped(file).path;
  return result;
}

int read_file(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  return real_of(file)->pMethods->xRead(real_of(file), into, size, offset);
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const int result = real_of(file)->pMethods->xWrite(real_of(file), bytes, size, offset);
  if (wrapped(file).disk != nullptr) {
    wrapped(file).disk->changed(*wrapped(file).path, {.offset = static_cast<std::uint64_t>(offset),
                                                      .bytes = std::string(static_cast<const char*>(bytes),
                                                                           static_cast<std::size_t>(size))});
  }
  return result;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const int result = real_of(file)->pMethods->xTruncate(real_of(file), size);
  if (wrapped(file).disk != nullptr) {
    wrapped(file).disk->changed(
        *wrapped(file).path,
        {.offset = static_cast<std::uint64_t>(size), .bytes = "", .is_truncation = true});
  }
  return result;
}

int sync_file(sqlite3_file* file, int flags) {
  const int result = real_of(file)->pMethods->xSync(real_of(file), flags);
  if (wrapped(file).disk != nullptr) wrapped(file).disk->synced(*wrapped(file).path);
  return result;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

int lock_file(sqlite3_file* file, int level) {
  return real_of(file)->pMethods->xLock(real_of(file), level);
}

int unlock_file(sqlite3_file* file, int level) {
  return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

int check_reserved_lock(sqlite3_file* file, int* result) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
  return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

int sector_size(sqlite3_file* file) {
  return real_of(file)->pMethods->xSectorSize(real_of(file));
}

int device_characteristics(sqlite3_file* file) {
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

int map_shared_memory(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, memory);
}

int lock_shared_memory(sqlite3_file* file, int offset, int count, int flags) {
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

void shared_memory_barrier(sqlite3_file* file) {
  real_of(file)->pMethods->xShmBarrier(real_of(file));
}

int unmap_shared_memory(sqlite3_file* file, int remove) {
  return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

// Without memory-mapped content, which would be written without anybody seeing it.
constexpr sqlite3_io_methods kMethods = {2,
                                         close_file,
                                         read_file,
                                         write_file,
                                         truncate_file,
                                         sync_file,
                                         file_size,
                                         lock_file,
                                         unlock_file,
                                         check_reserved_lock,
                                         control_file,
                                         sector_size,
                                         device_characteristics,
                                         map_shared_memory,
                                         lock_shared_memory,
                                         shared_memory_barrier,
                                         unmap_shared_memory,
                                         nullptr,
                                         nullptr};

struct WrappedVfs {
  sqlite3_vfs base;
  sqlite3_vfs* real;
  PowerCutVfs* disk;
};

WrappedVfs& wrapped(sqlite3_vfs* vfs) {
  return *reinterpret_cast<WrappedVfs*>(vfs);
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* into = new (file) WrappedFile{};
  into->real = reinterpret_cast<sqlite3_file*>(into + 1);
  sqlite3_vfs* real = wrapped(vfs).real;
  const int result = real->xOpen(real, path, into->real, flags, out_flags);
  if (into->real->pMethods == nullptr) return result;
  into->base.pMethods = &kMethods;
  into->path = new std::string(path == nullptr ? "" : path);
  if (wrapped(vfs).disk->covers(*into->path)) into->disk = wrapped(vfs).disk;
  return result;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  sqlite3_vfs* real = wrapped(vfs).real;
  const int result = real->xDelete(real, path, sync_folder);
  wrapped(vfs).disk->deleted(path);
  return result;
}

int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* result) {
  sqlite3_vfs* real = wrapped(vfs).real;
  return real->xAccess(real, path, flags, result);
}

int full_path(sqlite3_vfs* vfs, const char* path, int size, char* into) {
  sqlite3_vfs* real = wrapped(vfs).real;
  return real->xFullPathname(real, path, size, into);
}

void apply(std::string& content, const PowerCutVfs::Change& change) {
  if (change.is_truncation) return content.resize(change.offset);
  if (content.size() < change.offset + change.bytes.size())
    content.resize(change.offset + change.bytes.size());
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

// Of each write all, nothing, or some sectors at its beginning or its end; of a truncation all or nothing.
std::vector<PowerCutVfs::Change> some_of(const std::vector<PowerCutVfs::Change>& all, std::mt19937& random) {
  std::vector<PowerCutVfs::Change> some;
  for (PowerCutVfs::Change change : all) {
    if (random() % 2 == 0) continue;
    const std::size_t sectors = change.bytes.size() / kSectorBytes;
    if (sectors > 1 && random() % 3 == 0) {
      const std::size_t torn_at = (1 + random() % (sectors - 1)) * kSectorBytes;
      const bool keeps_beginning = random() % 2 == 0;
      change.offset += keeps_beginning ? 0 : torn_at;
      change.bytes = keeps_beginning ? change.bytes.substr(0, torn_at) : change.bytes.substr(torn_at);
    }
    some.push_back(std::move(change));
  }
  std::shuffle(some.begin(), some.end(), random);
  return some;
}

}  // namespace

// In place of the file system that SQLite uses by default, and that again afterwards.
struct PowerCutVfs::Registration {
  explicit Registration(PowerCutVfs& disk)
      : vfs{*sqlite3_vfs_find(nullptr), sqlite3_vfs_find(nullptr), &disk} {
    vfs.base.zName = "exo-power-cut";
    vfs.base.szOsFile = static_cast<int>(sizeof(WrappedFile)) + vfs.real->szOsFile;
    vfs.base.pNext = nullptr;
    vfs.base.xOpen = open_file;
    vfs.base.xDelete = delete_file;
    vfs.base.xAccess = access_file;
    vfs.base.xFullPathname = full_path;
    EXO_CHECK(sqlite3_vfs_register(&vfs.base, 1) == SQLITE_OK);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() {
    sqlite3_vfs_unregister(&vfs.base);
    sqlite3_vfs_register(vfs.real, 1);
  }

  WrappedVfs vfs;
};

PowerCutVfs::PowerCutVfs(std::string folder)
    : folder_(std::move(folder)), registration_(std::make_unique<Registration>(*this)) {}

PowerCutVfs::~PowerCutVfs() = default;

void PowerCutVfs::look() const {
  if (look_) look_();
}

void PowerCutVfs::changed(const std::string& path, Change change) {
  files_[path].since.push_back(std::move(change));
  look();
}

void PowerCutVfs::synced(const std::string& path) {
  look();
  File& file = files_[path];
  for (const Change& change : file.since) apply(file.durable, change);
  file.since.clear();
  look();
}

void PowerCutVfs::deleted(const std::string& path) {
  files_.erase(path);
}

void PowerCutVfs::write_image(const std::string& folder, Loss loss, std::mt19937& random) const {
  for (const auto& [path, file] : files_) {
    std::string content = file.durable;
    if (loss == Loss::kAnything) {
      for (const Change& change : some_of(file.since, random)) apply(content, change);
    }
    const auto name = std::filesystem::path(path).filename();
    std::ofstream(folder / name, std::ios::binary) << content;
  }
}

}  // namespace exo

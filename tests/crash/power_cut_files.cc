#include "tests/crash/power_cut_files.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

constexpr std::size_t kSectorBytes = 512;

PowerCutFiles* the_disk = nullptr;

void put(std::string& content, std::uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  content.replace(offset, bytes.size(), bytes);
}

// Some of the sectors, each whole or up to anywhere in it. A file may have become longer without its content.
void put_some(std::string& content, std::uint64_t offset, std::string_view bytes, std::mt19937& random) {
  if (random() % 2 == 0) content.resize(std::max<std::size_t>(content.size(), offset + bytes.size()), '\0');
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t to_sector = kSectorBytes - (offset + at) % kSectorBytes;
    const std::string_view sector = bytes.substr(at, to_sector);
    const auto kind = random() % 4;
    if (kind == 0) put(content, offset + at, sector.substr(0, random() % (sector.size() + 1)));
    if (kind > 1) put(content, offset + at, sector);
    at += sector.size();
  }
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

template <typename Function>
Function next_of(const char* name) {
  const auto function = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
  EXO_CHECK(function != nullptr);
  return function;
}

}  // namespace

PowerCutFiles::PowerCutFiles(std::string folder) : folder_(std::move(folder)) {
  EXO_CHECK(the_disk == nullptr);
  names_ = names_now();
  for (const auto& [name, inode] : names_) files_[inode].durable = content_of(folder_ + "/" + name);
  the_disk = this;
}

PowerCutFiles::~PowerCutFiles() {
  the_disk = nullptr;
}

PowerCutFiles* PowerCutFiles::current() {
  return the_disk;
}

bool PowerCutFiles::covers(int file) const {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), error);
  return !error && (path == folder_ || path.parent_path() == folder_);
}

PowerCutFiles::Names PowerCutFiles::names_now() const {
  Names names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) == 0) names[entry.path().filename().string()] = status.st_ino;
  }
  return names;
}

void PowerCutFiles::look() const {
  if (!look_) return;
  the_disk = nullptr;  // what is looked at must not be looked at in turn
  look_();
  the_disk = const_cast<PowerCutFiles*>(this);
}

void PowerCutFiles::before_sync() {
  look();
}

void PowerCutFiles::written(int file, std::uint64_t offset, std::string_view bytes) {
  struct stat status {};
  if (!covers(file) || ::fstat(file, &status) != 0) return;
  files_[status.st_ino].since.push_back({.offset = offset, .bytes = std::string(bytes)});
  look();
}

void PowerCutFiles::truncated(int file, std::uint64_t size) {
  struct stat status {};
  if (!covers(file) || ::fstat(file, &status) != 0) return;
  files_[status.st_ino].since.push_back({.offset = size, .bytes = "", .is_truncation = true});
  look();
}

void PowerCutFiles::synced(int file) {
  struct stat status {};
  if (!covers(file) || ::fstat(file, &status) != 0) return;
  if (S_ISDIR(status.st_mode)) {
    names_ = names_now();
  } else {
    File& synced = files_[status.st_ino];
    for (const Change& change : std::exchange(synced.since, {})) {
      if (change.is_truncation) synced.durable.resize(change.offset, '\0');
      put(synced.durable, change.offset, change.bytes);
    }
  }
  look();
}

void PowerCutFiles::write_image(const std::string& folder, Loss loss, std::mt19937& random) const {
  const bool keeps_names = loss == Loss::kAnything && random() % 2 == 0;
  for (const auto& [name, inode] : keeps_names ? names_now() : names_) {
    std::string content;
    if (const auto found = files_.find(inode); found != files_.end()) {
      content = found->second.durable;
      for (const Change& change : found->second.since) {
        if (loss == Loss::kEverything) continue;
        if (change.is_truncation && random() % 2 == 0) content.resize(change.offset, '\0');
        put_some(content, change.offset, change.bytes, random);
      }
    }
    std::ofstream(folder + "/" + name, std::ios::binary) << content;
  }
}

namespace {

// Nothing is asked of the real disk: what is on the platter is known here, and a sync takes it milliseconds.
int sync_file(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return -1;
  PowerCutFiles* const disk = PowerCutFiles::current();
  if (disk == nullptr) return 0;
  disk->before_sync();
  disk->synced(file);
  return 0;
}

}  // namespace

}  // namespace exo

// --- in the place of the C library's ---------------------------------------------------------------------

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  static const auto kReal = exo::next_of<ssize_t (*)(int, const void*, size_t)>("write");
  exo::PowerCutFiles* const disk = exo::PowerCutFiles::current();
  struct stat status {};
  const bool is_file = disk != nullptr && ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const ssize_t count = kReal(file, bytes, size);
  // Each of exo's own files that is written to without an offset is only added to.
  if (is_file && count > 0) {
    disk->written(file, static_cast<std::uint64_t>(status.st_size),
                  {static_cast<const char*>(bytes), static_cast<std::size_t>(count)});
  }
  return count;
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  static const auto kReal = exo::next_of<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  const ssize_t count = kReal(file, bytes, size, offset);
  if (exo::PowerCutFiles* const disk = exo::PowerCutFiles::current(); disk != nullptr && count > 0) {
    disk->written(file, static_cast<std::uint64_t>(offset),
                  {static_cast<const char*>(bytes), static_cast<std::size_t>(count)});
  }
  return count;
}

int ftruncate(int file, off_t size) noexcept {
  static const auto kReal = exo::next_of<int (*)(int, off_t)>("ftruncate");
  const int result = kReal(file, size);
  if (exo::PowerCutFiles* const disk = exo::PowerCutFiles::current(); disk != nullptr && result == 0)
    disk->truncated(file, static_cast<std::uint64_t>(size));
  return result;
}

int fsync(int file) {
  return exo::sync_file(file);
}

int fdatasync(int file) {
  return exo::sync_file(file);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

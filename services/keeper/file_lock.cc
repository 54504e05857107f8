#include "services/keeper/file_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/kernel_lock.h"

namespace exo {
namespace {

constexpr mode_t kLockMode = 0600;
constexpr std::size_t kMaxLockText = 256;

std::string first_line(int file) {
  std::array<char, kMaxLockText> text{};
  const ssize_t count = ::pread(file, text.data(), text.size(), 0);
  if (count <= 0) return "";
  const std::string whole(text.data(), static_cast<std::size_t>(count));
  return whole.substr(0, whole.find('\n'));
}

}  // namespace

Result<UniqueFd> take_file_lock(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, kLockMode));
  if (!file) return Error{"lock", "cannot open the lock file \"" + path + "\": " + why_not_opened(errno)};
  switch (lock_file(file.get())) {
    case LockOutcome::kTaken:
      return file;
    case LockOutcome::kHeldByAnother:
      return Error{"busy", "the lock file \"" + path + "\" is held by another process"};
    case LockOutcome::kFailed:
      break;
  }
  return Error{"lock", "cannot lock the file \"" + path + "\": " + std::strerror(errno)};
}

// The text is a courtesy: a disk that has no room for it does not take the lock away.
void write_lock_text(int lock, const std::string& text) {
  if (::ftruncate(lock, 0) != 0) return;
  const std::string line = text + "\n";
  [[maybe_unused]] const ssize_t written = ::pwrite(lock, line.data(), line.size(), 0);
}

std::string read_lock_text(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  return file ? first_line(file.get()) : "";
}

std::optional<std::string> find_lock_holder(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file || look_at_lock(file.get()) != LockState::kHeldByAnother) return std::nullopt;
  return first_line(file.get());
}

}  // namespace exo

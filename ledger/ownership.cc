#include "ledger/ownership.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/kernel_lock.h"
#include "base/text.h"
#include "ledger/ledger_error.h"

namespace exo {
namespace {

// More than four lines need; what is longer is not ours.
constexpr std::size_t kOwnerTextLimitBytes = 4096;

Error cannot(std::string_view doing, const std::string& path, int error_number) {
  return ledger_system_failure("cannot " + std::string(doing) + " " + path, error_number);
}

Owner read_owner(int file) {
  std::array<char, kOwnerTextLimitBytes> text{};
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  return size <= 0 ? Owner{} : decode_owner(std::string_view(text.data(), static_cast<std::size_t>(size)));
}

// In this order, so that whoever reads meanwhile sees nothing rather than the owner before.
int write_owner(int file, const std::string& text) {
  if (::ftruncate(file, 0) != 0) return errno;
  const ssize_t written = ::pwrite(file, text.data(), text.size(), 0);
  if (written < 0) return errno;
  return static_cast<std::size_t>(written) == text.size() ? 0 : ENOSPC;
}

Error owned_by(const Owner& owner, const std::string& folder) {
  return ledger_failure(ledger_error::kOwned, "the ledger in " + folder + " is owned by " + describe(owner) +
                                                  ": use that host, or end it first");
}

// A disk that takes nothing any more: who owns the ledger is the nearer reason, and can be seen all the same.
Error cannot_open(const std::string& folder, int error_number) {
  if (error_number == EROFS) {
    const auto owner = find_owner(folder);
    if (owner && owner.value()) return owned_by(*owner.value(), folder);
  }
  return cannot("open", lock_path(folder), error_number);
}

pid_t parse_pid(std::string_view text) {
  pid_t pid = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), pid);
  return fault == std::errc() && end == text.data() + text.size() && pid > 0 ? pid : 0;
}

}  // namespace

std::string lock_path(const std::string& folder) {
  return folder + "/ledger.lock";
}

Owner this_process(std::string host_id) {
  std::array<char, 256> machine{};
  EXO_CHECK(::gethostname(machine.data(), machine.size() - 1) == 0);
  return Owner{.pid = ::getpid(),
               .machine = machine.data(),
               .host_id = std::move(host_id),
               .since = to_rfc3339(unix_now())};
}

std::string describe(const Owner& owner) {
  if (owner.pid == 0) return "a host that is just starting";
  return "pid " + std::to_string(owner.pid) + " on " + owner.machine + " since " + owner.since + " (host " +
         owner.host_id + ")";
}

std::string encode_owner(const Owner& owner) {
  return "pid " + std::to_string(owner.pid) + "\nmachine " + owner.machine + "\nhost " + owner.host_id +
         "\nsince " + owner.since + "\n";
}

Owner decode_owner(std::string_view text) {
  Owner owner;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, space);
    const std::string_view value = line.substr(space + 1);
    if (key == "pid") owner.pid = parse_pid(value);
    if (key == "machine") owner.machine = printable(value);
    if (key == "host") owner.host_id = printable(value);
    if (key == "since") owner.since = printable(value);
  }
  return owner;
}

Ownership::Ownership(UniqueFd file, FilePlace place, Owner self)
    : file_(std::move(file)), place_(std::move(place)), self_(std::move(self)) {}

Result<Ownership> Ownership::acquire(const std::string& folder, const Owner& self) {
  const std::string path = lock_path(folder);
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return cannot_open(folder, errno);
  const LockOutcome outcome = lock_file(file.get());
  if (outcome == LockOutcome::kHeldByAnother) return owned_by(read_owner(file.get()), folder);
  if (outcome == LockOutcome::kFailed) return cannot("lock", path, errno);
  if (const int failed = write_owner(file.get(), encode_owner(self)); failed != 0)
    return cannot("write", path, failed);
  FilePlace place(path, file.get());
  return Ownership(std::move(file), std::move(place), self);
}

Result<std::optional<Owner>> find_owner(const std::string& folder) {
  const std::string path = lock_path(folder);
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::optional<Owner>();
  if (!file) return cannot("open", path, errno);
  const LockState state = look_at_lock(file.get());
  if (state == LockState::kUnknown) return cannot("test the lock of", path, errno);
  if (state == LockState::kFree) return std::optional<Owner>();
  return std::optional<Owner>(read_owner(file.get()));
}

}  // namespace exo

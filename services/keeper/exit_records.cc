#include "services/keeper/exit_records.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/files.h"

namespace exo {
namespace {

constexpr mode_t kRecordMode = 0600;

void set_large_file_aside(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0 || found.st_size <= ExitRecords::kMaxBytes) return;
  std::rename(path.c_str(), (path + ".old").c_str());
}

// Ends the last line if a crash or a full disk left it without its end.
bool end_last_line(int file) {
  const off_t size = ::lseek(file, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(file, &last, 1, size - 1) != 1) return false;
  return last == '\n' || ::write(file, "\n", 1) == 1;
}

std::string line_of(const ProcessExited& exited, const std::string& role, pid_t pid, UnixTime at) {
  const nlohmann::json record = {{"id", exited.id},
                                 {"role", role},
                                 {"pid", pid},
                                 {"code", exited.status.code()},
                                 {"signal", exited.status.signal()},
                                 {"core", exited.status.core()},
                                 {"status", exited.status.describe()},
                                 {"duration_ms", exited.duration_ms},
                                 {"max_resident_kib", exited.max_resident_kib},
                                 {"user_ms", exited.user_ms},
                                 {"system_ms", exited.system_ms},
                                 {"at", to_rfc3339(at)}};
  return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<ExitRecords> ExitRecords::open(const std::string& state_folder) {
  const std::string path = state_folder + "/keeper.jsonl";
  set_large_file_aside(path);
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, kRecordMode));
  if (!file) return Error{"records", "cannot open \"" + path + "\": " + why_not_opened(errno)};
  return ExitRecords(path, std::move(file));
}

std::optional<std::string> ExitRecords::append(const ProcessExited& exited, const std::string& role,
                                               pid_t pid, UnixTime at) {
  const std::string line = line_of(exited, role, pid, at);
  errno = ENOSPC;  // what a short write means
  const bool written = end_last_line(file_.get()) &&
                       ::write(file_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fdatasync(file_.get()) == 0;
  const bool is_news = !written && !failing_;
  failing_ = !written;
  if (!is_news) return std::nullopt;
  return "cannot record in \"" + path_ + "\" how a process ended: " + std::strerror(errno);
}

}  // namespace exo

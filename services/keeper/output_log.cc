#include "services/keeper/output_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/files.h"

namespace exo {
namespace {

constexpr mode_t kLogMode = 0640;

// Writes as much as the file takes; `error` is 0 when that was all.
std::size_t write_all(int file, const std::string& text, int& error) {
  std::size_t written = 0;
  error = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      error = errno;
      return written;
    }
    written += static_cast<std::size_t>(count);
  }
  return written;
}

// Non-blocking, so that a pipe or a terminal in the log's place cannot hold the keeper up.
UniqueFd open_file(const std::string& path) {
  return UniqueFd(::open(path.c_str(),
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                         kLogMode));
}

// Of a regular file.
std::optional<std::uint64_t> size_of(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

std::string old_log_file(const std::string& path, unsigned age) {
  return age == 0 ? path : path + "." + std::to_string(age);
}

OutputLog::OutputLog(std::string path, UniqueFd file, LogBounds bounds)
    : path_(std::move(path)), file_(std::move(file)), bounds_(bounds) {
  if (file_ && size_of(file_.get())) long_at_ = bounds_.file_bytes;
}

Result<OutputLog> OutputLog::open(std::string path, LogBounds bounds) {
  if (path.empty()) return OutputLog({}, UniqueFd(), bounds);
  UniqueFd file = open_file(path);
  if (!file) return Error{"log", "cannot open the log file \"" + path + "\": " + why_not_opened(errno)};
  return OutputLog(std::move(path), std::move(file), bounds);
}

std::optional<std::string> OutputLog::append(const std::vector<std::string>& lines, UnixTime taken) {
  if (!file_ || lines.empty()) return std::nullopt;
  const std::string stamp = to_rfc3339(taken) + " ";
  const std::string deleted = set_aside_when_long(stamp);
  std::string text = (torn_ ? "\n" : "") + deleted;
  if (missing_ > 0) text += stamp + "[exo: " + std::to_string(missing_) + " lines are missing here]\n";
  for (const std::string& line : lines) text.append(stamp).append(line) += '\n';
  int error = 0;
  const std::size_t written = write_all(file_.get(), text, error);
  if (written > 0) torn_ = text[written - 1] != '\n';
  if (error != 0) return failed(error, lines.size());
  if (missing_ == 0) return std::nullopt;
  const std::string notice = "the log file \"" + path_ + "\" can be written again; " +
                             std::to_string(missing_) + " lines are missing in it";
  missing_ = 0;
  return notice;
}

// What cannot be set aside goes on growing, and is tried again when it has grown by as much once more.
std::string OutputLog::set_aside_when_long(const std::string& stamp) {
  if (long_at_ == 0 || torn_) return "";
  const auto size = size_of(file_.get());
  if (!size || *size < long_at_) return "";
  long_at_ = *size + bounds_.file_bytes;
  const bool oldest_deleted = is_at(path_) && make_older();
  if (UniqueFd next = open_file(path_)) {
    file_ = std::move(next);
    const auto begun = size_of(file_.get());
    if (begun && *begun < bounds_.file_bytes) long_at_ = bounds_.file_bytes;
  }
  return oldest_deleted ? stamp + "[exo: this log has become too long; its oldest part was deleted]\n" : "";
}

bool OutputLog::make_older() const {
  const auto file = [this](unsigned age) { return old_log_file(path_, age); };
  if (bounds_.old_files == 0) return ::unlink(path_.c_str()) == 0;
  const bool has_oldest = ::access(file(bounds_.old_files).c_str(), F_OK) == 0;
  const bool replaced = ::rename(file(bounds_.old_files - 1).c_str(), file(bounds_.old_files).c_str()) == 0;
  for (unsigned age = bounds_.old_files - 1; age > 0; --age)
    ::rename(file(age - 1).c_str(), file(age).c_str());
  return has_oldest && replaced;
}

void OutputLog::sync() {
  if (long_at_ > 0) ::fdatasync(file_.get());
}

bool OutputLog::is_at(const std::string& path) const {
  struct stat here {};
  struct stat named {};
  return ::fstat(file_.get(), &here) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         here.st_ino == named.st_ino && here.st_dev == named.st_dev;
}

// A chunk that was written in part counts as missing: its lines may be there, but no reader can rely on it.
std::optional<std::string> OutputLog::failed(int error, std::size_t lines) {
  const bool is_first = missing_ == 0;
  missing_ += lines;
  if (!is_first) return std::nullopt;
  return "cannot write the log file \"" + path_ + "\": " + std::strerror(error) +
         "; its process goes on, its output is shown but not kept";
}

}  // namespace exo

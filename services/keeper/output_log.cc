#include "services/keeper/output_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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

}  // namespace

Result<OutputLog> OutputLog::open(std::string path) {
  if (path.empty()) return OutputLog({}, UniqueFd());
  // Non-blocking, so that a pipe or a terminal in the log's place cannot hold the keeper up.
  UniqueFd file(::open(path.c_str(),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                       kLogMode));
  if (!file) return Error{"log", "cannot open the log file \"" + path + "\": " + why_not_opened(errno)};
  return OutputLog(std::move(path), std::move(file));
}

std::optional<std::string> OutputLog::append(const std::vector<std::string>& lines, UnixTime taken) {
  if (!file_ || lines.empty()) return std::nullopt;
  const std::string stamp = to_rfc3339(taken) + " ";
  std::string text = torn_ ? "\n" : "";
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

// A chunk that was written in part counts as missing: its lines may be there, but no reader can rely on it.
std::optional<std::string> OutputLog::failed(int error, std::size_t lines) {
  const bool is_first = missing_ == 0;
  missing_ += lines;
  if (!is_first) return std::nullopt;
  return "cannot write the log file \"" + path_ + "\": " + std::strerror(error) +
         "; its process goes on, its output is shown but not kept";
}

}  // namespace exo

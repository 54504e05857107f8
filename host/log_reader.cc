#include "host/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "services/keeper/output_log.h"

namespace exo {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
// The keeper's longest line is far shorter; a file that somebody else made must not fill the memory.
constexpr std::size_t kLongestLineBytes = std::size_t{1024} * 1024;
constexpr std::size_t kTimeLength = 24;  // of "2026-11-20T21:02:59.407Z"

UniqueFd open_file(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

// Whether the open file has this name.
bool is_at(int file, const std::string& path) {
  struct stat here {};
  struct stat named {};
  return ::fstat(file, &here) == 0 && ::stat(path.c_str(), &named) == 0 && here.st_ino == named.st_ino &&
         here.st_dev == named.st_dev;
}

bool is_there(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

// Of all that is there under a log's name.
std::string oldest_file(const std::string& path) {
  unsigned age = LogBounds{}.old_files;
  while (age > 0 && !is_there(old_log_file(path, age))) --age;
  return old_log_file(path, age);
}

}  // namespace

Result<LogReader> LogReader::open(std::string path) {
  UniqueFd file = open_file(oldest_file(path));
  if (!file) return file_error("read", path, errno);
  return LogReader(std::move(path), std::move(file));
}

std::optional<LogLine> LogReader::next() {
  while (true) {
    const std::size_t end = buffer_.find('\n', searched_);
    if (end != std::string::npos) {
      LogLine line = line_of(std::string_view(buffer_).substr(taken_, end - taken_));
      taken_ = searched_ = end + 1;
      return line;
    }
    searched_ = buffer_.size();
    if (searched_ - taken_ > kLongestLineBytes) return rest();
    if (read_more()) continue;
    if (!has_ended()) return std::nullopt;
    if (read_more()) continue;  // written just before another took its place
    if (!begin_next()) return std::nullopt;
    if (taken_ < buffer_.size()) return rest();
  }
}

std::optional<LogLine> LogReader::rest() {
  if (taken_ == buffer_.size()) return std::nullopt;
  LogLine line = line_of(std::string_view(buffer_).substr(taken_));
  taken_ = searched_ = buffer_.size();
  return line;
}

bool LogReader::read_more() {
  buffer_.erase(0, taken_);
  searched_ -= taken_;
  taken_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  const ssize_t count = ::read(file_.get(), buffer_.data() + before, kReadBytes);
  buffer_.resize(before + static_cast<std::size_t>(count > 0 ? count : 0));
  return count > 0;
}

// At the end of the file: whether another is to be read after it, or this one from its beginning.
bool LogReader::has_ended() const {
  if (!is_there(path_)) return false;  // it will be made again, or nobody writes to it
  if (!is_at(file_.get(), path_)) return true;
  struct stat here {};
  return ::fstat(file_.get(), &here) == 0 && here.st_size < ::lseek(file_.get(), 0, SEEK_CUR);
}

// What is left in the buffer belongs to the old one.
bool LogReader::begin_next() {
  if (is_at(file_.get(), path_)) return ::lseek(file_.get(), 0, SEEK_SET) == 0;
  UniqueFd another = open_file(successor());
  if (!another) return false;
  file_ = std::move(another);
  return true;
}

std::string LogReader::successor() const {
  for (unsigned age = 1; age <= LogBounds{}.old_files; ++age) {
    if (is_at(file_.get(), old_log_file(path_, age))) return old_log_file(path_, age - 1);
  }
  return oldest_file(path_);
}

LogLine LogReader::line_of(std::string_view text) {
  if (text.size() > kTimeLength && text[kTimeLength] == ' ') {
    if (const auto time = parse_time(text.substr(0, kTimeLength))) {
      last_ = time.value();
      text.remove_prefix(kTimeLength + 1);
    }
  }
  return {.at = last_, .text = std::string(text)};
}

}  // namespace exo

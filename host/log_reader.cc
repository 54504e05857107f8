#include "host/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"

namespace exo {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
// The keeper's longest line is far shorter; a file that somebody else made must not fill the memory.
constexpr std::size_t kLongestLineBytes = std::size_t{1024} * 1024;
constexpr std::size_t kTimeLength = 24;  // of "2026-11-20T21:02:59.407Z"

UniqueFd open_file(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

}  // namespace

Result<LogReader> LogReader::open(std::string path) {
  UniqueFd file = open_file(path);
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
    if (!begins_anew()) return std::nullopt;
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

// At the end of the file: whether there is another to be read under its name, or this one from its beginning.
// What is left in the buffer belongs to the old one.
bool LogReader::begins_anew() {
  struct stat here {};
  struct stat named {};
  if (::fstat(file_.get(), &here) != 0) return false;
  if (::stat(path_.c_str(), &named) != 0) return false;  // it will be made again, or nobody writes to it
  if (here.st_ino == named.st_ino && here.st_dev == named.st_dev) {
    if (here.st_size >= ::lseek(file_.get(), 0, SEEK_CUR)) return false;
    return ::lseek(file_.get(), 0, SEEK_SET) == 0;
  }
  UniqueFd another = open_file(path_);
  if (!another) return false;
  file_ = std::move(another);
  return true;
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

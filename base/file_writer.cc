#include "base/file_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/files.h"

namespace exo {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

Error exists_already(const std::string& path) {
  return Error{"exists", path + " is there already, and is not written over; name another file"};
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

FileWriter::FileWriter(std::string path, std::string temporary, UniqueFd file)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::move(other.file_)),
      waiting_(std::move(other.waiting_)) {}

FileWriter::~FileWriter() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<FileWriter> FileWriter::begin(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return exists_already(path);
  std::string temporary = temporary_name(path);
  UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return file_error("write", path, errno);
  return FileWriter(path, std::move(temporary), std::move(file));
}

Result<void> FileWriter::write(std::string_view bytes) {
  waiting_ += bytes;
  return waiting_.size() < kPieceBytes ? Result<void>() : flush();
}

Result<void> FileWriter::flush() {
  for (std::string_view left = waiting_; !left.empty();) {
    const ssize_t written = ::write(file_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error("write", path_, errno);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  waiting_.clear();
  return {};
}

Result<void> FileWriter::keep() {
  if (auto flushed = flush(); !flushed) return flushed;
  if (::fsync(file_.get()) != 0) return file_error("write", path_, errno);
  if (::link(temporary_.c_str(), path_.c_str()) != 0) {
    if (errno == EEXIST) return exists_already(path_);
    return file_error("write", path_, errno);
  }
  const UniqueFd folder(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return file_error("write", path_, errno);
  return {};
}

}  // namespace exo

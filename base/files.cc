#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>

#include "base/ids.h"
#include "base/unique_fd.h"

namespace exo {
namespace {

std::string code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "not-found";
    case EACCES:
    case EPERM:
      return "not-allowed";
    case EROFS:
      return "disk-read-only";
    case EISDIR:
    case ENOTDIR:
      return "not-a-file";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "disk-full";
    default:
      return "io";
  }
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Error too_large(const std::string& path, std::size_t max_bytes) {
  return Error{"too-large", path + " is larger than " + std::to_string(max_bytes) + " bytes"};
}

// 0, or the errno of the write that failed.
int write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// Makes the renaming itself durable: the name is in the folder, not in the file. 0 or an errno.
int sync_folder(const std::string& path) {
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return errno;
  return 0;
}

// 0, or the errno of what failed. `temporary` may exist afterwards either way.
int write_and_rename(const std::string& temporary, const std::string& path, std::string_view content) {
  UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return errno;
  if (const int failed = write_all(file.get(), content); failed != 0) return failed;
  if (::fsync(file.get()) != 0) return errno;
  if (::close(file.release()) != 0) return errno;
  if (::rename(temporary.c_str(), path.c_str()) != 0) return errno;
  return sync_folder(folder_of(path));
}

}  // namespace

Error file_error(std::string_view doing, std::string_view path, int error_number) {
  // generic_category and not strerror, which threads share.
  return Error{code_of(error_number), "cannot " + std::string(doing) + " " + std::string(path) + ": " +
                                          std::generic_category().message(error_number)};
}

std::string why_not_opened(int error_number) {
  return error_number == ELOOP ? "it is a link, which exo does not write through; remove it"
                               : std::generic_category().message(error_number);
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  // O_NONBLOCK so that a named pipe in a file's place does not hold us up before fstat has shown what it is.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return file_error("read", path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return file_error("read", path, errno);
  if (!S_ISREG(status.st_mode)) return Error{"not-a-file", path + " is not a file"};
  if (static_cast<std::size_t>(status.st_size) > max_bytes) return too_large(path, max_bytes);
  // The file may grow while it is read, and those of /proc have a size of 0: read until the end, within the
  // limit.
  std::string content;
  std::string piece(64 * 1024, '\0');
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", path, errno);
    if (got == 0) return content;
    content.append(piece, 0, static_cast<std::size_t>(got));
    if (content.size() > max_bytes) return too_large(path, max_bytes);
  }
}

Result<void> write_file_atomically(const std::string& path, std::string_view content) {
  const std::string temporary = temporary_name(path);
  const int failed = write_and_rename(temporary, path, content);
  if (failed == 0) return {};
  ::unlink(temporary.c_str());
  return file_error("write", path, failed);
}

Result<void> make_folder(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    return Error{"not-a-file", path + " is needed as a folder, and is not one"};
  }
  if (errno != ENOENT) return file_error("make", path, errno);
  const std::string parent = folder_of(path);
  if (parent != path) {
    const Result<void> made = make_folder(parent);
    if (!made.ok()) return made;
  }
  // Somebody else may have made it since; what counts is that it is a folder.
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) {
    const int failed = ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
    if (failed == 0) return {};
    return file_error("make", path, failed);
  }
  return file_error("make", path, errno);
}

Result<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  if (!resolved) return file_error("find", path, errno);
  return std::string(resolved.get());
}

std::string temporary_name(const std::string& path) {
  return path + "." + random_id(60) + ".new";
}

}  // namespace exo

#include "services/artifacts/artifact_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "services/artifacts/artifact_path.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using Kind = ArtifactEntry::Kind;

struct Free {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
struct FreeWriter {
  void operator()(archive* handle) const { archive_write_free(handle); }
};
struct FreeReader {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;
constexpr const char* kLevel = "9";  // packed once, and moved often

Error damaged(const std::string& what) {
  return Error{"damaged", "the artifact is damaged: " + what};
}

// What libarchive says of itself.
Error archive_failure(archive* handle, const fs::path& file, std::string_view doing) {
  const int number = archive_errno(handle);
  if (number > 0 && number != EILSEQ && number != EINVAL) return file_error(doing, file.string(), number);
  const char* said = archive_error_string(handle);
  return damaged(said == nullptr ? "it cannot be read" : printable(said));
}

class Writer {
 public:
  Writer(const fs::path& file, std::int64_t time)
      : file_(file), time_(time), handle_(archive_write_new()), entry_(archive_entry_new()) {
    EXO_CHECK(handle_ != nullptr && entry_ != nullptr);
    EXO_CHECK(archive_write_set_format_gnutar(handle_.get()) == ARCHIVE_OK);
    EXO_CHECK(archive_write_add_filter_zstd(handle_.get()) == ARCHIVE_OK);
    EXO_CHECK(archive_write_set_filter_option(handle_.get(), "zstd", "compression-level", kLevel) ==
              ARCHIVE_OK);
  }

  Result<void> open(int fd) { return outcome(archive_write_open_fd(handle_.get(), fd) == ARCHIVE_OK); }

  Result<void> begin(const ArtifactEntry& entry) {
    archive_entry_clear(entry_.get());
    archive_entry_set_pathname(entry_.get(), entry.path.c_str());
    archive_entry_set_mtime(entry_.get(), time_, 0);
    const bool may_be_entered = entry.kind == Kind::kProgram || entry.kind == Kind::kFolder;
    archive_entry_set_perm(entry_.get(), may_be_entered ? 0755 : 0644);
    archive_entry_set_filetype(entry_.get(), entry.kind == Kind::kFolder ? AE_IFDIR
                                             : entry.kind == Kind::kLink ? AE_IFLNK
                                                                         : AE_IFREG);
    if (entry.kind == Kind::kLink) archive_entry_set_symlink(entry_.get(), entry.target.c_str());
    archive_entry_set_size(entry_.get(), static_cast<la_int64_t>(entry.size));
    return outcome(archive_write_header(handle_.get(), entry_.get()) == ARCHIVE_OK);
  }

  Result<void> write(std::string_view bytes) {
    const la_ssize_t written = archive_write_data(handle_.get(), bytes.data(), bytes.size());
    return outcome(written == static_cast<la_ssize_t>(bytes.size()));
  }

  Result<void> finish() { return outcome(archive_write_close(handle_.get()) == ARCHIVE_OK); }

 private:
  Result<void> outcome(bool good) {
    if (good) return {};
    return archive_failure(handle_.get(), file_, "write");
  }

  const fs::path& file_;
  std::int64_t time_;
  std::unique_ptr<archive, FreeWriter> handle_;
  std::unique_ptr<archive_entry, Free> entry_;
};

Result<void> write_file(Writer& writer, const fs::path& path, const ArtifactEntry& entry, EarlyStop stop) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return file_error("read", path.string(), errno);
  const Error changed{"changed", path.string() +
                                     " has changed while it was packed; let nothing else write "
                                     "there, and build again"};
  Sha256 digest;
  std::uint64_t left = entry.size;
  std::string piece(kPieceBytes, '\0');
  for (;;) {
    if (stop.is_there()) return stopped_error();
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", path.string(), errno);
    if (got == 0) break;
    if (static_cast<std::uint64_t>(got) > left) return changed;
    left -= static_cast<std::uint64_t>(got);
    const auto bytes = std::string_view(piece).substr(0, static_cast<std::size_t>(got));
    digest.update(bytes);
    if (auto written = writer.write(bytes); !written) return written;
  }
  return left == 0 && to_hex(digest.finish()) == entry.digest ? Result<void>() : Result<void>(changed);
}

// Reads one archive from its beginning.
class Reader {
 public:
  Reader() : handle_(archive_read_new()) {
    EXO_CHECK(handle_ != nullptr);
    archive_read_support_filter_zstd(handle_.get());
    archive_read_support_format_tar(handle_.get());
  }

  Result<void> open(const fs::path& file) {
    file_ = file;
    fd_.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!fd_ || ::fstat(fd_.get(), &status) != 0) return file_error("read", file.string(), errno);
    if (!S_ISREG(status.st_mode)) return Error{"not-a-file", file.string() + " is not a file"};
    return outcome(archive_read_open_fd(handle_.get(), fd_.get(), kPieceBytes));
  }

  Result<void> open(std::string_view bytes) {
    return outcome(archive_read_open_memory(handle_.get(), bytes.data(), bytes.size()));
  }

  Result<ArtifactManifest> manifest() {
    archive_entry* entry = nullptr;
    if (const auto read = next(entry); !read) return read.error();
    const char* name = entry == nullptr ? nullptr : archive_entry_pathname(entry);
    if (name == nullptr || std::string_view(name) != kManifestName ||
        archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr)
      return damaged("it does not begin with " + std::string(kManifestName) + "; is it an artifact of exo?");
    if (archive_entry_size(entry) < 0 ||
        static_cast<std::uint64_t>(archive_entry_size(entry)) > kMaxManifestBytes)
      return damaged("its manifest is larger than " + std::to_string(kMaxManifestBytes) + " bytes");
    std::string text;
    const auto read = content(kMaxManifestBytes, [&](std::string_view bytes) {
      text += bytes;
      return Result<void>();
    });
    if (!read) return read.error();
    return parse_manifest(text);
  }

  Result<void> entry(const ArtifactEntry& wanted, std::int64_t time, ArchiveSink& sink, EarlyStop stop) {
    archive_entry* found = nullptr;
    if (const auto read = next(found); !read) return read.error();
    if (!is(found, wanted)) return damaged(printable(wanted.path) + " is not where its manifest lists it");
    if (auto begun = sink.begin(wanted, time); !begun) return begun;
    Sha256 digest;
    std::uint64_t size = 0;
    const auto read = content(wanted.size, [&](std::string_view bytes) {
      if (stop.is_there()) return Result<void>(stopped_error());
      digest.update(bytes);
      size += bytes.size();
      return sink.write(bytes);
    });
    if (!read) return read;
    if (wanted.is_file() && (size != wanted.size || to_hex(digest.finish()) != wanted.digest))
      return damaged(printable(wanted.path) + " is not what its manifest says");
    return sink.end();
  }

  Result<void> nothing_more() {
    archive_entry* entry = nullptr;
    if (const auto read = next(entry); !read) return read.error();
    return entry == nullptr ? Result<void>() : Result<void>(damaged("it holds more than its manifest lists"));
  }

 private:
  static bool is(archive_entry* found, const ArtifactEntry& wanted) {
    if (found == nullptr || archive_entry_hardlink(found) != nullptr) return false;
    const char* name = archive_entry_pathname(found);
    std::string_view path = name == nullptr ? "" : name;
    const auto type = archive_entry_filetype(found);
    switch (wanted.kind) {
      case Kind::kFolder:
        if (path.ends_with('/')) path.remove_suffix(1);
        return path == wanted.path && type == AE_IFDIR;
      case Kind::kLink: {
        const char* target = archive_entry_symlink(found);
        return path == wanted.path && type == AE_IFLNK && target != nullptr && target == wanted.target;
      }
      case Kind::kFile:
      case Kind::kProgram:
        break;
    }
    const bool is_program = (archive_entry_perm(found) & 0100U) != 0;
    return path == wanted.path && type == AE_IFREG && is_program == (wanted.kind == Kind::kProgram) &&
           archive_entry_size(found) == static_cast<la_int64_t>(wanted.size);
  }

  // Null at the end.
  Result<void> next(archive_entry*& entry) {
    const int code = archive_read_next_header(handle_.get(), &entry);
    if (code == ARCHIVE_EOF) entry = nullptr;
    return code == ARCHIVE_EOF ? Result<void>() : outcome(code);
  }

  template <typename Take>
  Result<void> content(std::uint64_t most, const Take& take) {
    std::string piece(kPieceBytes, '\0');
    std::uint64_t size = 0;
    for (;;) {
      const la_ssize_t got = archive_read_data(handle_.get(), piece.data(), piece.size());
      if (got == 0) return {};
      if (got < 0) return outcome(static_cast<int>(got));
      size += static_cast<std::uint64_t>(got);
      if (size > most) return damaged("a file is larger than its manifest says");
      if (auto taken = take(std::string_view(piece).substr(0, static_cast<std::size_t>(got))); !taken)
        return taken;
    }
  }

  Result<void> outcome(int code) {
    if (code == ARCHIVE_OK) return {};
    return archive_failure(handle_.get(), file_, "read");
  }

  fs::path file_;
  UniqueFd fd_;
  std::unique_ptr<archive, FreeReader> handle_;
};

Result<ArtifactManifest> read_all(Reader& reader, ArchiveSink& sink, EarlyStop stop) {
  auto manifest = reader.manifest();
  if (!manifest) return manifest;
  const std::int64_t time = time_in_archive(manifest.value());
  for (const ArtifactEntry& entry : manifest.value().entries) {
    if (stop.is_there()) return stopped_error();
    if (const auto read = reader.entry(entry, time, sink, stop); !read) return read.error();
  }
  if (const auto ended = reader.nothing_more(); !ended) return ended.error();
  return manifest;
}

}  // namespace

std::int64_t time_in_archive(const ArtifactManifest& manifest) {
  return manifest.origin.time == 0 ? kTimeWithoutCommit : manifest.origin.time;
}

Result<void> write_archive(const fs::path& root, const ArtifactManifest& manifest, const fs::path& file,
                           EarlyStop stop) {
  const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return file_error("write", file.string(), errno);
  Writer writer(file, time_in_archive(manifest));
  const std::string text = format_manifest(manifest);
  auto done = writer.open(fd.get());
  if (done) done = writer.begin({.path = kManifestName, .size = text.size()});
  if (done) done = writer.write(text);
  for (const ArtifactEntry& entry : manifest.entries) {
    if (done && stop.is_there()) return stopped_error();
    if (done) done = writer.begin(entry);
    if (done && entry.is_file()) done = write_file(writer, root / entry.path, entry, stop);
    if (!done) return done;
  }
  if (done) done = writer.finish();
  if (!done) return done;
  if (::fchmod(fd.get(), 0444) != 0 || ::fsync(fd.get()) != 0)
    return file_error("write", file.string(), errno);
  return {};
}

Result<ArtifactManifest> read_manifest(const fs::path& file) {
  Reader reader;
  if (const auto opened = reader.open(file); !opened) return opened.error();
  return reader.manifest();
}

Result<ArtifactManifest> read_archive(const fs::path& file, ArchiveSink& sink, EarlyStop stop) {
  Reader reader;
  if (const auto opened = reader.open(file); !opened) return opened.error();
  return read_all(reader, sink, stop);
}

Result<ArtifactManifest> read_archive(std::string_view bytes, ArchiveSink& sink) {
  Reader reader;
  if (const auto opened = reader.open(bytes); !opened) return opened.error();
  return read_all(reader, sink, {});
}

}  // namespace exo

#include "services/artifacts/artifact_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string_view>
#include <system_error>
#include <tuple>

#include "base/file_writer.h"
#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "services/artifacts/artifact_archive.h"
#include "services/artifacts/artifact_path.h"
#include "services/artifacts/artifact_tree.h"
#include "services/artifacts/unpacking.h"
#include "services/artifacts/work_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "sha256-";
constexpr std::size_t kDigestDigits = 64;
constexpr std::size_t kFewestDigits = 6;
constexpr std::size_t kShownDigits = 12;

// The digest that a file's name states; empty when it states none.
std::string digest_in_name(const fs::path& file) {
  const std::string name = file.filename().string();
  const std::size_t size = kPrefix.size() + kDigestDigits;
  if (name.size() != size + std::string_view(kArtifactExtension).size() || !name.starts_with(kPrefix) ||
      !name.ends_with(kArtifactExtension))
    return {};
  std::string digest = name.substr(kPrefix.size(), kDigestDigits);
  return digest.find_first_not_of("0123456789abcdef") == std::string::npos ? digest : "";
}

Error naming_file(const fs::path& file, const Error& error) {
  if (error.message.find(file.string()) != std::string::npos) return error;
  return Error{error.code, file.string() + ": " + error.message};
}

StoredArtifact read_one(const fs::path& file) {
  StoredArtifact artifact{.file = file, .digest = digest_in_name(file)};
  auto manifest = read_manifest(file);
  if (!manifest) {
    artifact.fault = naming_file(file, manifest.error());
    return artifact;
  }
  artifact.manifest = std::move(manifest).value();
  const std::string digest = digest_of(artifact.manifest);
  if (!artifact.digest.empty() && artifact.digest != digest)
    artifact.fault = Error{"damaged", file.string() +
                                          ": its name is not that of what it holds, which has the "
                                          "digest sha256:" +
                                          digest};
  artifact.digest = digest;
  return artifact;
}

Result<void> sync_folder(const fs::path& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return file_error("write", folder.string(), errno);
  return {};
}

// Replaces a link at once, so that there is always one.
Result<void> set_link(const fs::path& link, const fs::path& target) {
  const std::string temporary = temporary_name(link.string());
  std::error_code failure;
  fs::create_symlink(target, temporary, failure);
  if (!failure) fs::rename(temporary, link, failure);
  if (!failure) return sync_folder(link.parent_path());
  ::unlink(temporary.c_str());
  return file_error("write", link.string(), failure.value());
}

// Who unpacked it may have been killed before they had closed it.
Result<fs::path> closed(const fs::path& unpacked) {
  struct stat status {};
  if (::stat(unpacked.c_str(), &status) != 0) return file_error("read", unpacked.string(), errno);
  if ((status.st_mode & 07777U) == 0555 || ::chmod(unpacked.c_str(), 0555) == 0) return unpacked;
  return file_error("write", unpacked.string(), errno);
}

std::string digits_of(std::string_view word) {
  for (const std::string_view prefix : {std::string_view("sha256:"), kPrefix}) {
    if (word.starts_with(prefix)) word.remove_prefix(prefix.size());
  }
  const bool is_digest = word.size() >= kFewestDigits && word.size() <= kDigestDigits &&
                         word.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_digest ? std::string(word) : std::string();
}

Error none_found(const std::string& word, const std::vector<StoredArtifact>& artifacts) {
  constexpr std::size_t kShown = 10;
  std::vector<std::string> names;
  for (const StoredArtifact& artifact : artifacts) {
    if (names.size() < kShown && artifact.is_latest)
      names.push_back(artifact.manifest.role + "@" + artifact.manifest.version);
  }
  return Error{"absent",
               "there is no artifact " + in_quotes(word) + "; " +
                   (names.empty() ? "none is built here yet; build some: exo build"
                                  : "there is " + join_for_people(names) + "; build others with: exo build")};
}

}  // namespace

fs::path ArtifactStore::file_of(const std::string& digest) const {
  return folder_ / (std::string(kPrefix) + digest + kArtifactExtension);
}

fs::path ArtifactStore::unpacked(const std::string& digest) const {
  return copies_ / digest;
}

fs::path ArtifactStore::log_of(const std::string& role, const std::string& version) const {
  return folder_ / "logs" / (role + "@" + version + ".log");
}

fs::path ArtifactStore::link_of(const std::string& role, const std::string& version) const {
  return folder_ / "versions" / (role + "@" + version);
}

Result<StoredArtifact> ArtifactStore::put(const fs::path& archive, const ArtifactManifest& manifest) const {
  StoredArtifact stored{
      .file = file_of(digest_of(manifest)), .digest = digest_of(manifest), .manifest = manifest};
  const fs::path link = link_of(manifest.role, manifest.version);
  for (const fs::path& folder : {folder_, link.parent_path()}) {
    if (const auto made = make_folder(folder.string()); !made) return made.error();
  }
  StoredArtifact there = read_one(stored.file);
  if (!there.fault && verify_artifact(there)) {
    stored = std::move(there);
  } else if (std::rename(archive.c_str(), stored.file.c_str()) != 0) {
    return file_error("write", stored.file.string(), errno);
  }
  if (const auto synced = sync_folder(folder_); !synced) return synced.error();
  if (const auto set = set_link(link, fs::path("..") / stored.file.filename()); !set) return set.error();
  stored.is_latest = true;
  return stored;
}

Result<std::vector<StoredArtifact>> ArtifactStore::list() const {
  std::vector<StoredArtifact> artifacts;
  std::error_code failure;
  for (fs::directory_iterator each(folder_, failure), end; !failure && each != end; each.increment(failure)) {
    if (digest_in_name(each->path()).empty()) continue;
    StoredArtifact artifact = read_one(each->path());
    std::error_code unknown;
    const fs::path latest =
        fs::read_symlink(link_of(artifact.manifest.role, artifact.manifest.version), unknown);
    artifact.is_latest = !artifact.fault && latest.filename() == artifact.file.filename();
    artifacts.push_back(std::move(artifact));
  }
  if (failure && failure != std::errc::no_such_file_or_directory)
    return file_error("list", folder_.string(), failure.value());
  std::sort(artifacts.begin(), artifacts.end(), [](const StoredArtifact& left, const StoredArtifact& right) {
    return std::tie(left.manifest.role, left.manifest.version, left.digest) <
           std::tie(right.manifest.role, right.manifest.version, right.digest);
  });
  return artifacts;
}

Result<StoredArtifact> ArtifactStore::find(const std::string& word) const {
  std::error_code failure;
  if (word.find('/') != std::string::npos || word.ends_with(kArtifactExtension)) {
    StoredArtifact artifact = read_one(word);
    if (artifact.fault) return *artifact.fault;
    return artifact;
  }
  // Also one that can be read no more, whose manifest says nothing.
  const fs::path latest = fs::read_symlink(folder_ / "versions" / word, failure);
  if (!failure) {
    StoredArtifact artifact = read_one(folder_ / latest.filename());
    if (artifact.fault) return *artifact.fault;
    artifact.is_latest = true;
    return artifact;
  }
  const auto artifacts = list();
  if (!artifacts) return artifacts.error();
  const std::string digits = digits_of(word);
  const StoredArtifact* found = nullptr;
  for (const StoredArtifact& artifact : artifacts.value()) {
    if (digits.empty() || !artifact.digest.starts_with(digits)) continue;
    if (found != nullptr)
      return Error{"usage", "several artifacts begin with " + in_quotes(word) + "; type more of the digest"};
    found = &artifact;
  }
  if (found == nullptr) return none_found(word, artifacts.value());
  if (found->fault) return *found->fault;
  return *found;
}

Result<fs::path> ArtifactStore::unpack(const StoredArtifact& artifact, EarlyStop stop) const {
  const fs::path place = unpacked(artifact.digest);
  std::error_code failure;
  if (fs::is_directory(place, failure)) return closed(place);
  auto work = WorkFolder::begin(place.parent_path());
  if (!work) return work.error();
  const fs::path made = work.value().path() / "content";
  UnpackingSink sink(made);
  const auto read = read_archive(artifact.file, sink, stop);
  if (!read) return naming_file(artifact.file, read.error());
  if (digest_of(read.value()) != artifact.digest)
    return Error{"damaged", artifact.file.string() + " holds another artifact than it was said to"};
  if (const auto finished = sink.finish(read.value()); !finished) return finished.error();
  // To another folder it can be moved only while it may be written.
  if (std::rename(made.c_str(), place.c_str()) != 0) {
    const int failed = errno;
    if ((failed == ENOTEMPTY || failed == EEXIST) && fs::is_directory(place, failure)) return closed(place);
    return file_error("write", place.string(), failed);
  }
  if (const auto synced = sync_folder(place.parent_path()); !synced) return synced.error();
  return closed(place);
}

Result<void> verify_artifact(const StoredArtifact& artifact, EarlyStop stop) {
  NoSink none;
  const auto read = read_archive(artifact.file, none, stop);
  if (!read) return naming_file(artifact.file, read.error());
  if (digest_of(read.value()) == artifact.digest) return {};
  return Error{"damaged", artifact.file.string() + " has another content now than when it was looked at"};
}

Result<fs::path> copy_artifact(const StoredArtifact& artifact, const fs::path& folder, EarlyStop stop) {
  constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;
  if (const auto made = make_folder(folder.string()); !made) return made.error();
  const fs::path place = folder / (artifact.manifest.role + "-" + artifact.manifest.version + "-" +
                                   artifact.digest.substr(0, kShownDigits) + kArtifactExtension);
  const StoredArtifact there = read_one(place);
  if (!there.fault && there.digest == artifact.digest && verify_artifact(there, stop)) return place;
  auto writer = FileWriter::begin(place.string());
  if (!writer) return writer.error();
  const UniqueFd file(::open(artifact.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return file_error("read", artifact.file.string(), errno);
  std::string piece(kPieceBytes, '\0');
  for (;;) {
    if (stop.is_there()) return stopped_error();
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", artifact.file.string(), errno);
    if (got == 0) break;
    const auto bytes = std::string_view(piece).substr(0, static_cast<std::size_t>(got));
    if (const auto written = writer.value().write(bytes); !written) return written.error();
  }
  if (const auto kept = writer.value().keep(); !kept) return kept.error();
  return place;
}

Result<std::vector<std::string>> faults_of_unpacked(const fs::path& folder, const ArtifactManifest& manifest,
                                                    EarlyStop stop) {
  auto tree = list_tree(folder, stop);
  if (!tree) return tree.error();
  std::vector<std::string> faults = std::move(tree.value().faults);
  std::map<std::string, const ArtifactEntry*> there;
  for (const ArtifactEntry& entry : tree.value().entries) there[entry.path] = &entry;
  for (const ArtifactEntry& entry : manifest.entries) {
    const auto found = there.find(entry.path);
    if (found == there.end())
      faults.push_back(entry.path + " is missing");
    else if (!(*found->second == entry))
      faults.push_back(entry.path + " has been changed");
    there.erase(entry.path);
  }
  for (const auto& [path, entry] : there) faults.push_back(path + " does not belong there");
  return faults;
}

}  // namespace exo

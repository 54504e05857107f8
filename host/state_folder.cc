#include "host/state_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/digest.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/unix_user.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

// An ipc path holds at most 107 bytes; the folder must leave room for the socket's name.
constexpr std::size_t kSocketFolderLimit = 80;
constexpr const char* kSocketFolderPrefix = "exo-";

constexpr std::string_view kKeysOfToken = ".curve";  // as the launcher calls the file beside a token

constexpr mode_t kOwnerOnly = 0700;
constexpr mode_t kFileOfOwner = 0600;
constexpr mode_t kPassage = 0011;  // search by group and others: pass, and not list

bool is_plain_word(const std::string& word) {
  return !word.empty() && word.size() <= 64 && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

// `.exo/` holds a .gitignore that covers everything in it, itself included.
Result<void> make_self_ignoring(const fs::path& folder) {
  const fs::path file = folder / ".gitignore";
  std::error_code failure;
  if (fs::exists(file, failure)) return {};
  return write_file_atomically(file.string(), "*\n");
}

Result<std::string> read_line_file(const fs::path& file) {
  constexpr std::size_t kLimitBytes = 4096;
  auto content = read_file(file.string(), kLimitBytes);
  if (!content) return content.error();
  std::string text = std::move(content).value();
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// A folder that somebody has opened further stays so.
Result<void> set_passage(const fs::path& folder, Visitors visitors) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return file_error("look at", folder.string(), errno);
  const mode_t mode = status.st_mode & 07777U;
  mode_t wanted = mode;
  if (visitors == Visitors::kOtherUsers) wanted = mode | kPassage;
  if (visitors == Visitors::kNone && mode == (kOwnerOnly | kPassage)) wanted = kOwnerOnly;
  if (wanted == mode || ::chmod(folder.c_str(), wanted) == 0) return {};
  return file_error("set who may enter", folder.string(), errno);
}

// The user's own run-time folder is closed to others, and /tmp may be swept.
std::string base_of_sockets(Visitors visitors) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  std::string base = visitors == Visitors::kOtherUsers ? "/run" : runtime != nullptr ? runtime : "";
  const bool is_fit =
      !base.empty() && base.size() <= kSocketFolderLimit - 16 && ::access(base.c_str(), W_OK) == 0;
  return is_fit ? base : "/tmp";
}

std::string what_to_do_about(const Error& refusal) {
  if (refusal.code == "disk-full") return "; make room on that disk, or set EXO_HOME to a folder on another";
  if (refusal.code == "not-a-file") return "; move what is there away, or set EXO_HOME to a folder elsewhere";
  return "; set EXO_HOME to a folder that you may write in";
}

}  // namespace

Result<StateFolder> StateFolder::of(const fs::path& application, const std::string& environment) {
  if (!is_plain_word(environment)) {
    return Error{"usage", "'" + environment +
                              "' is no name for an environment; it is letters, digits, '-' and '_', "
                              "such as: --environment local"};
  }
  StateFolder folder;
  folder.application_ = application;
  folder.environment_ = environment;
  const char* home = std::getenv("EXO_HOME");
  if (home != nullptr && *home != '\0') {
    const std::string digest = sha256_hex(application.string()).substr(0, 12);
    folder.path_ = fs::path(home) / (application.filename().string() + "-" + digest) / environment;
  } else {
    folder.path_ = application / ".exo" / environment;
  }
  if (const auto entered = folder.may_be_entered(); !entered) return entered.error();
  return folder;
}

// The folder belongs to another user who lets nobody else in: no verb can do anything there.
Result<void> StateFolder::may_be_entered() const {
  for (const fs::path& folder : {path_.parent_path(), path_}) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0)
      return {};  // not there yet, or reported for the folder above it
    if (status.st_uid == ::geteuid() || ::access(folder.c_str(), R_OK | X_OK) == 0) continue;
    const std::string owner = user_name(status.st_uid);
    return Error{"not-allowed", folder.string() + " belongs to " + owner + ", and you are " +
                                    user_name(::geteuid()) + "; type this as " + owner +
                                    ", or set EXO_HOME to a folder of your own"};
  }
  return {};
}

Result<void> StateFolder::create() const {
  const auto created = create_folders();
  if (created) return created;
  return Error{created.error().code, created.error().message + what_to_do_about(created.error())};
}

Result<void> StateFolder::create_folders() const {
  std::error_code failure;
  fs::create_directories(path_.parent_path().parent_path(), failure);
  if (const auto made = make_folder(path_.parent_path().string()); !made) return made;
  if (path_.parent_path().filename() == ".exo") {
    if (const auto ignored = make_self_ignoring(path_.parent_path()); !ignored) return ignored;
  }
  for (const fs::path& folder : {path_, logs(), runs(), data(), copies(), tokens(), python_cache()}) {
    if (const auto made = make_folder(folder.string()); !made) return made;
  }
  return {};
}

Result<void> StateFolder::create_key() const {
  std::error_code failure;
  if (fs::exists(key_file(), failure)) return {};
  return write_file_atomically(key_file().string(), random_hex() + "\n");
}

bool StateFolder::belongs_to(uid_t user) const {
  struct stat status {};
  return ::stat(path_.c_str(), &status) == 0 && status.st_uid == user;
}

Result<void> StateFolder::admit(Visitors visitors) const {
  if (visitors == Visitors::kOtherUsers) {
    if (const auto closed = close_what_is_exos(); !closed) return closed;
    if (const auto opened = set_passage(path_.parent_path(), visitors); !opened) return opened;
  }
  for (const fs::path& folder : {data(), copies(), tokens(), path_}) {
    if (const auto set = set_passage(folder, visitors); !set) return set;
  }
  return {};
}

// Files and folders that were made while nobody could come near them may have been made with any mode.
Result<void> StateFolder::close_what_is_exos() const {
  for (const fs::path& folder : {logs(), runs(), python_cache()}) {
    if (::chmod(folder.c_str(), kOwnerOnly) != 0) return file_error("close", folder.string(), errno);
  }
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(path_, failure)) {
    if (entry.is_symlink(failure) || !entry.is_regular_file(failure)) continue;
    if (::chmod(entry.path().c_str(), kFileOfOwner) != 0 && errno != ENOENT)
      return file_error("close", entry.path().string(), errno);
  }
  return {};
}

void StateFolder::remove_stale_tokens(const std::set<std::string>& running) const {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(tokens(), failure)) {
    const std::string name = entry.path().filename().string();
    const bool is_of_keys = name.size() > kKeysOfToken.size() && name.ends_with(kKeysOfToken);
    const std::string instance = is_of_keys ? name.substr(0, name.size() - kKeysOfToken.size()) : name;
    if (running.count(instance) == 0) fs::remove(entry.path(), failure);
  }
}

void StateFolder::forget_bus(const std::string& endpoint) const {
  const auto named = bus();
  std::error_code failure;
  if (named && named.value() == endpoint) fs::remove(bus_file(), failure);
}

// The file that names it is the user's own, but a slip in it must not lead to anything else.
std::optional<fs::path> StateFolder::socket_folder() const {
  const auto endpoint = bus();
  constexpr std::string_view kScheme = "ipc://";
  if (!endpoint || endpoint.value().rfind(kScheme, 0) != 0) return std::nullopt;
  fs::path folder = fs::path(endpoint.value().substr(kScheme.size())).parent_path();
  if (folder.filename().string().rfind(kSocketFolderPrefix, 0) != 0) return std::nullopt;
  return folder;
}

void StateFolder::remove_stale_sockets() const {
  const auto folder = socket_folder();
  if (!folder) return;
  std::error_code failure;
  fs::remove(*folder / "bus", failure);
  fs::remove(*folder, failure);
  fs::remove(bus_file(), failure);
}

Result<std::string> StateFolder::key() const {
  return read_line_file(key_file());
}

Result<std::string> StateFolder::bus() const {
  return read_line_file(bus_file());
}

Result<SocketFolder> SocketFolder::create(Visitors visitors) {
  const std::string base = base_of_sockets(visitors);
  std::string pattern = base + "/" + kSocketFolderPrefix + "XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) return file_error("make a folder for sockets in", base, errno);
  SocketFolder folder(pattern);
  if (const auto set = set_passage(pattern, visitors); !set) return set.error();
  return folder;
}

Result<SocketFolder> SocketFolder::find(const fs::path& path, Visitors visitors) {
  if (const auto made = make_folder(path.string()); !made) return made.error();
  if (const auto set = set_passage(path, visitors); !set) return set.error();
  return SocketFolder(path);
}

SocketFolder::SocketFolder(SocketFolder&& other) noexcept : path_(std::move(other.path_)) {
  other.path_.clear();
}

SocketFolder::~SocketFolder() {
  if (path_.empty()) return;
  std::error_code failure;
  fs::remove_all(path_, failure);
}

}  // namespace exo

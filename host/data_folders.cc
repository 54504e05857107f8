#include "host/data_folders.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/aligned_rows.h"
#include "base/byte_size.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/text.h"
#include "deployment-scripts/script.h"
#include "host/instance_note.h"
#include "host/keeper_client.h"
#include "services/application.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// ".removed-<random>-<name>"
constexpr std::string_view kRemoved = ".removed-";
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

std::uint64_t changed_at(const struct stat& status) {
  if (status.st_mtim.tv_sec < 0) return 0;
  return static_cast<std::uint64_t>(status.st_mtim.tv_sec) * kNanosecondsPerSecond +
         static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
}

// Whether it is a folder to look into.
bool count(const fs::path& path, DataFolder& folder, std::uint64_t& newest) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    folder.is_all_seen = false;
    return false;
  }
  newest = std::max(newest, changed_at(status));
  if (S_ISDIR(status.st_mode)) {
    const bool may_be_read = ::faccessat(AT_FDCWD, path.c_str(), R_OK | X_OK, AT_EACCESS) == 0;
    if (!may_be_read) folder.is_all_seen = false;
    return may_be_read;
  }
  ++folder.files;
  folder.bytes += static_cast<std::uint64_t>(status.st_size);
  return false;
}

DataFolder look_at(const fs::path& path) {
  DataFolder folder{.name = path.filename().string(), .path = path};
  std::uint64_t newest = 0;
  std::error_code failure;
  const bool is_folder = count(path, folder, newest);
  if (fs::is_symlink(path, failure)) folder.link = fs::read_symlink(path, failure).string();
  if (is_folder) {
    fs::recursive_directory_iterator each(path, fs::directory_options::skip_permission_denied, failure);
    while (!failure && each != fs::recursive_directory_iterator()) {
      count(each->path(), folder, newest);
      each.increment(failure);
    }
    if (failure) folder.is_all_seen = false;
  }
  folder.changed = to_rfc3339({newest});
  return folder;
}

std::optional<DataLeftover> leftover_in(const fs::path& path) {
  const std::string file = path.filename().string();
  if (!file.starts_with(kRemoved)) return std::nullopt;
  const std::size_t end = file.find('-', kRemoved.size());
  return DataLeftover{.name = end == std::string::npos ? "" : file.substr(end + 1), .path = path};
}

// By the name of the folder that they keep their data in.
std::map<std::string, std::vector<DataUser>> users_of(const Application& application) {
  std::map<std::string, std::vector<DataUser>> users;
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      const VersionKey key{version.role, to_string(version.version)};
      users[data_folder_of(version)].push_back({.version = key});
      users[bus_role(key)].push_back({.version = key, .is_script = true});
    }
  }
  return users;
}

// What runs may have been started from another application.yml than the one that is there: whatever of its
// role or version it could be.
bool may_be_with(const KeptProcess& process, const std::string& folder) {
  if (folder == process.role) return true;
  const auto note = parse_instance_note(process.note);
  return note && folder == process.role + "-" + note->version;
}

Result<void> add_running(const StateFolder& state, std::vector<DataFolder>& folders) {
  const auto kept = KeeperClient::look(state.path().string());
  if (!kept && kept.error().code == "absent") return {};
  if (!kept) return kept.error();
  for (const KeptProcess& process : kept.value()) {
    for (DataFolder& folder : folders) {
      if (may_be_with(process, folder.name)) folder.running.push_back(process.id);
    }
  }
  return {};
}

// Gives the path of each in data/, and what it is the rest of where it is one; nothing where nothing has run.
Result<void> for_each_in_data(const StateFolder& state,
                              const std::function<void(const fs::path&, std::optional<DataLeftover>)>& take) {
  std::error_code failure;
  if (!fs::exists(state.data(), failure)) return {};
  for (fs::directory_iterator each(state.data(), failure); !failure && each != fs::directory_iterator();
       each.increment(failure)) {
    take(each->path(), leftover_in(each->path()));
  }
  if (!failure) return {};
  return Error{"io", "cannot read " + state.data().string() + ": " + failure.message() +
                         "; look at what is there, or type this as the user who runs exo there"};
}

Result<DataFolders> find(const StateFolder& state, const std::function<bool(const std::string&)>& is_meant) {
  DataFolders found;
  const auto read = for_each_in_data(state, [&](const fs::path& path, std::optional<DataLeftover> leftover) {
    if (!is_meant(leftover ? leftover->name : path.filename().string())) return;
    if (leftover) {
      found.leftovers.push_back(std::move(*leftover));
    } else {
      found.folders.push_back(look_at(path));
    }
  });
  if (!read) return read.error();
  std::sort(found.folders.begin(), found.folders.end(),
            [](const DataFolder& left, const DataFolder& right) { return left.name < right.name; });
  const LoadedApplication loaded = load_application(state.application().string());
  if (!loaded.application) found.application_fault = to_string(loaded.mistakes.front());
  if (loaded.application) {
    auto users = users_of(*loaded.application);
    for (DataFolder& folder : found.folders) folder.users = users[folder.name];
  }
  if (found.folders.empty()) return found;
  if (const auto added = add_running(state, found.folders); !added) return added.error();
  return found;
}

std::string size_of(const DataFolder& folder) {
  if (!folder.link.empty()) return "a link";
  return (folder.is_all_seen ? "" : "at least ") + bytes_for_people(folder.bytes);
}

std::string users_for_people(const DataFolder& folder, const std::string& fault) {
  if (!folder.running.empty()) return join(folder.running, ", ") + ", at this moment";
  if (!fault.empty()) return "not known: the application has a mistake";
  return folder.users.empty() ? "nobody in the application" : names_of(folder.users);
}

}  // namespace

Result<DataFolders> find_data(const StateFolder& state) {
  return find(state, [](const std::string&) { return true; });
}

Result<DataFolders> find_data(const StateFolder& state, const std::string& name) {
  return find(state, [&](const std::string& each) { return each == name; });
}

Result<std::vector<std::string>> data_names(const StateFolder& state) {
  std::set<std::string> names;
  const auto read =
      for_each_in_data(state, [&](const fs::path& path, const std::optional<DataLeftover>& rest) {
        names.insert(rest ? rest->name : path.filename().string());
      });
  if (!read) return read.error();
  return std::vector<std::string>(names.begin(), names.end());
}

std::string leftover_name(const std::string& name) {
  return std::string(kRemoved) + random_id() + "-" + name;
}

std::string names_of(const std::vector<DataUser>& users) {
  std::vector<std::string> names;
  names.reserve(users.size());
  for (const DataUser& user : users)
    names.push_back((user.is_script ? "the script of " : "") + to_text(user.version));
  return join(names, ", ");
}

std::string to_table(const DataFolders& found) {
  std::string text;
  if (!found.folders.empty()) {
    std::vector<std::vector<std::string>> rows{{"FOLDER", "SIZE", "FILES", "CHANGED", "USED BY"}};
    for (const DataFolder& folder : found.folders) {
      rows.push_back({printable(folder.name, 255), size_of(folder), std::to_string(folder.files),
                      folder.changed, users_for_people(folder, found.application_fault)});
    }
    for (const std::string& line : aligned_rows(rows)) text += line + "\n";
  }
  for (const DataLeftover& leftover : found.leftovers)
    text += printable(leftover.path.string(), 500) +
            " is left of a removal that was cut short; exo data rm " + printable(leftover.name, 255) +
            " removes it\n";
  return text;
}

std::string to_json_line(const DataFolder& folder) {
  Json users = Json::array();
  for (const DataUser& user : folder.users)
    users.push_back(
        {{"role", user.version.role}, {"version", user.version.version}, {"script", user.is_script}});
  return Json{{"name", folder.name},
              {"path", folder.path.string()},
              {"link", folder.link.empty() ? Json(nullptr) : Json(folder.link)},
              {"bytes", folder.bytes},
              {"files", folder.files},
              {"allSeen", folder.is_all_seen},
              {"changed", folder.changed},
              {"usedBy", users},
              {"running", folder.running}}
             .dump(-1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace exo

#include "host/data_folders.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/byte_size.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/text.h"
#include "deployment-scripts/script.h"
#include "host/instance_note.h"
#include "host/keeper_client.h"
#include "host/ledger_owner.h"
#include "host/ledger_recovery.h"
#include "host/owned_ledger.h"
#include "services/application.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// What is being removed has a name that no role can have.
constexpr std::string_view kRemoved = ".removed-";
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

std::uint64_t changed_at(const struct stat& status) {
  return static_cast<std::uint64_t>(status.st_mtim.tv_sec) * kNanosecondsPerSecond +
         static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
}

// A file that is gone since its folder was read counts as never seen.
void count(const fs::path& path, DataFolder& folder, std::uint64_t& newest) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  newest = std::max(newest, changed_at(status));
  if (S_ISDIR(status.st_mode)) {
    if (::faccessat(AT_FDCWD, path.c_str(), R_OK | X_OK, AT_EACCESS) != 0) folder.is_all_seen = false;
    return;
  }
  ++folder.files;
  folder.bytes += static_cast<std::uint64_t>(status.st_size);
}

DataFolder look_at(const fs::path& path) {
  DataFolder folder{.name = path.filename().string(), .path = path};
  std::uint64_t newest = 0;
  count(path, folder, newest);
  std::error_code failure;
  fs::recursive_directory_iterator each(path, fs::directory_options::skip_permission_denied, failure);
  while (!failure && each != fs::recursive_directory_iterator()) {
    count(each->path(), folder, newest);
    each.increment(failure);
  }
  if (failure && failure != std::errc::no_such_file_or_directory) folder.is_all_seen = false;
  folder.changed = to_rfc3339({newest});
  return folder;
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
  if (!kept && kept.error().code == "absent") return {};  // where no keeper is nothing runs
  if (!kept) return kept.error();
  for (const KeptProcess& process : kept.value()) {
    for (DataFolder& folder : folders) {
      if (may_be_with(process, folder.name)) folder.running.push_back(process.id);
    }
  }
  return {};
}

Result<fs::path> settled_name(const DataFolders& found, const std::string& name) {
  std::vector<std::string> names;
  for (const DataFolder& folder : found.folders) {
    if (folder.name == name) return folder.path;
    names.push_back(folder.name);
  }
  const std::string known =
      names.empty() ? "there is no data here yet" : "exo data list shows what there is: " + join(names, ", ");
  return Error{"unknown", "no folder of data is named " + in_quotes(name) + "; " + known};
}

std::string names_of(const std::vector<DataUser>& users) {
  std::vector<std::string> names;
  names.reserve(users.size());
  for (const DataUser& user : users)
    names.push_back((user.is_script ? "the script of " : "") + to_text(user.version));
  return join(names, ", ");
}

// A phase that is done is not run again, whatever becomes of what it did.
std::string scripts_that_filled(const std::vector<DataUser>& users, const RolloutRecord& record) {
  std::vector<DataUser> filled;
  for (const DataUser& user : users) {
    const RecordedVersion& known = record.of(user.version);
    if (known.offline.did_something() || known.online.did_something())
      filled.push_back({.version = user.version, .is_script = true});
  }
  return filled.empty() ? "" : "; what " + names_of(filled) + " has done is not done again by itself";
}

Result<void> check_is_free(const StateFolder& state, const DataFolder& folder) {
  if (!folder.running.empty()) {
    return Error{"in-use", join(folder.running, ", ") + " may be at work in " + folder.path.string() +
                               "; stop the fleet first: " + command_about(state, "stop")};
  }
  if (fs::is_symlink(folder.path)) {
    return Error{"does-not-fit", folder.path.string() + " is a link to " +
                                     fs::read_symlink(folder.path).string() +
                                     "; exo removes no folder that lies elsewhere: remove it, and the link"};
  }
  return {};
}

Result<void> check_is_meant(const DataFolder& folder, const std::string& fault, const RolloutRecord& record,
                            bool is_forced) {
  if (is_forced) return {};
  const std::string when_meant = "; when that is meant, say so with --force";
  if (!fault.empty()) {
    return Error{"does-not-fit", "whose data it is cannot be seen, since the application has a mistake: " +
                                     fault + when_meant};
  }
  if (folder.users.empty()) return {};
  return Error{"does-not-fit", names_of(folder.users) + ", in the application, would begin without data" +
                                   scripts_that_filled(folder.users, record) + when_meant};
}

LedgerEvent removal_decided(const DataFolder& folder, const std::string& reason) {
  LedgerEvent event;
  event.type = event_type::kRemovalDecided;
  event.details = nlohmann::json{
      {"bytes", folder.bytes},
      {"files", folder.files},
      {"name", folder.name},
      {"reason",
       reason}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return event;
}

Error cannot_remove(const fs::path& path, const std::error_code& failure) {
  return {"io", "cannot remove " + path.string() + ": " + failure.message() +
                    "; mend that, and type it again: what is left of it is removed then"};
}

// Under another name first, so that half of a folder is never taken for a whole one.
Result<void> remove(const StateFolder& state, const DataFolder& folder, std::vector<std::string> left_over) {
  std::error_code failure;
  const fs::path removed = state.data() / (std::string(kRemoved) + random_id());
  fs::rename(folder.path, removed, failure);
  if (failure) return cannot_remove(folder.path, failure);
  left_over.push_back(removed.string());
  for (const std::string& path : left_over) {
    fs::remove_all(path, failure);
    if (failure) return cannot_remove(path, failure);
  }
  return {};
}

std::string size_of(const DataFolder& folder) {
  return (folder.is_all_seen ? "" : "at least ") + bytes_for_people(folder.bytes);
}

std::string users_for_people(const DataFolder& folder, const std::string& fault) {
  if (!folder.running.empty()) return join(folder.running, ", ") + ", at this moment";
  if (!fault.empty()) return "not known: the application has a mistake";
  return folder.users.empty() ? "nobody in the application" : names_of(folder.users);
}

using Row = std::array<std::string, 5>;

std::string aligned(const std::vector<Row>& rows) {
  std::array<std::size_t, 5> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths.at(i) = std::max(widths.at(i), row.at(i).size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      text += row.at(i) + std::string(widths.at(i) - row.at(i).size() + 2, ' ');
    text += row.back() + "\n";
  }
  return text;
}

}  // namespace

Result<DataFolders> find_data(const StateFolder& state) {
  DataFolders found;
  std::error_code failure;
  if (!fs::exists(state.path(), failure)) return found;  // nothing has run yet
  for (fs::directory_iterator each(state.data(), failure); !failure && each != fs::directory_iterator();
       each.increment(failure)) {
    const std::string name = each->path().filename().string();
    if (name.starts_with(kRemoved)) {
      found.cut_short.push_back(each->path().string());
    } else {
      found.folders.push_back(look_at(each->path()));
    }
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return Error{"io", "cannot read " + state.data().string() + ": " + failure.message() +
                           "; type this as the user who runs exo there"};
  }
  std::sort(found.folders.begin(), found.folders.end(),
            [](const DataFolder& left, const DataFolder& right) { return left.name < right.name; });
  const LoadedApplication loaded = load_application(state.application().string());
  if (!loaded.application) found.application_fault = to_string(loaded.mistakes.front());
  if (loaded.application) {
    auto users = users_of(*loaded.application);
    for (DataFolder& folder : found.folders) folder.users = users[folder.name];
  }
  if (const auto added = add_running(state, found.folders); !added) return added.error();
  return found;
}

Result<DataFolder> remove_data(const StateFolder& state, const DataRemoval& removal) {
  const auto host = find_host(state.path().string());
  if (!host) return host.error();
  if (host.value()) {
    return Error{"in-use", "a host runs in " + state.environment() + " (" + describe(*host.value()) +
                               "), which could start a service with its data; stop it first: " +
                               command_about(state, "stop") + " --host-only"};
  }
  const auto seen = find_data(state);
  if (!seen) return seen.error();
  if (const auto known = settled_name(seen.value(), removal.name); !known) return known.error();
  auto ledger = OwnedLedger::open(state);
  if (!ledger) return ledger.error();
  const auto found = find_data(state);  // nobody starts anything from now on
  if (!found) return found.error();
  const auto folder = std::find_if(found.value().folders.begin(), found.value().folders.end(),
                                   [&](const DataFolder& each) { return each.name == removal.name; });
  if (folder == found.value().folders.end()) return settled_name(found.value(), removal.name).error();
  if (const auto is_free = check_is_free(state, *folder); !is_free) return is_free.error();
  const auto is_meant =
      check_is_meant(*folder, found.value().application_fault, ledger.value().record(), removal.is_forced);
  if (!is_meant) return is_meant.error();
  const auto recorded = ledger.value().append(removal_decided(*folder, removal.reason), removal.who);
  if (!recorded) return with_way_out(recorded.error(), state);
  if (const auto removed = remove(state, *folder, found.value().cut_short); !removed) return removed.error();
  return *folder;
}

std::string to_table(const DataFolders& found) {
  std::string text;
  if (!found.folders.empty()) {
    std::vector<Row> rows{{"FOLDER", "SIZE", "FILES", "CHANGED", "USED BY"}};
    for (const DataFolder& folder : found.folders) {
      rows.push_back({printable(folder.name, 255), size_of(folder), std::to_string(folder.files),
                      folder.changed, users_for_people(folder, found.application_fault)});
    }
    text = aligned(rows);
  }
  for (const std::string& path : found.cut_short)
    text += path + " is left of a removal that was cut short; the next exo data rm removes it\n";
  return text;
}

std::string to_json_line(const DataFolder& folder) {
  Json users = Json::array();
  for (const DataUser& user : folder.users)
    users.push_back(
        {{"role", user.version.role}, {"version", user.version.version}, {"script", user.is_script}});
  return Json{{"name", folder.name},   {"path", folder.path.string()},  {"bytes", folder.bytes},
              {"files", folder.files}, {"allSeen", folder.is_all_seen}, {"changed", folder.changed},
              {"usedBy", users},       {"running", folder.running}}
             .dump(-1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace exo

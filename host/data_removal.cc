#include "host/data_removal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "deployment-scripts/rollout_record.h"
#include "host/ledger_owner.h"
#include "host/ledger_recovery.h"
#include "host/owned_ledger.h"
#include "services/keeper/file_lock.h"
#include "services/keeper/keeper_door.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

// A bind mount is told by this alone.
std::optional<std::uint64_t> mount_of(const fs::path& path) {
  struct statx status {};
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
  if (::statx(AT_FDCWD, path.c_str(), flags, STATX_MNT_ID, &status) != 0) return std::nullopt;
  return status.stx_mnt_id;
}

// The first folder in it, or itself, that another file system is mounted at; empty where there is none.
fs::path first_mount_in(const fs::path& folder) {
  const auto own = mount_of(folder.parent_path());
  if (mount_of(folder) != own) return folder;
  std::error_code failure;
  for (fs::recursive_directory_iterator each(folder, failure), end; !failure && each != end;
       each.increment(failure)) {
    if (!each->is_symlink(failure) && each->is_directory(failure) && mount_of(each->path()) != own)
      return each->path();
  }
  return {};
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

Error unknown(const StateFolder& state, const std::string& name) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator each(state.data(), failure); !failure && each != fs::directory_iterator();
       each.increment(failure)) {
    const std::string file = each->path().filename().string();
    if (!file.starts_with('.')) names.push_back(file);
  }
  std::sort(names.begin(), names.end());
  const std::string known = names.empty() ? "there is none here" : "there are " + join_for_people(names);
  return Error{"unknown", "no folder of data is named " + in_quotes(name) + "; " + known};
}

Result<void> check_no_host(const StateFolder& state) {
  const auto host = find_host(state.path().string());
  if (!host) return host.error();
  if (!host.value()) return {};
  return Error{"in-use", "a host runs in " + state.environment() + " (" + describe(*host.value()) +
                             "), which could start a service with its data; stop it first: " +
                             command_about(state, "stop") + " --host-only"};
}

// A keeper that ends is found no more, and holds its lock until nothing that it has started lives.
Result<void> check_nothing_runs(const StateFolder& state, const DataFolder& folder) {
  if (!folder.running.empty()) {
    return Error{"in-use", join(folder.running, ", ") + " may be at work in " + folder.path.string() +
                               "; stop the fleet first: " + command_about(state, "stop")};
  }
  if (connect_to_keeper(state.path().string()).ok()) return {};
  const auto ending = find_lock_holder((state.path() / "keeper.lock").string());
  if (!ending) return {};
  return Error{"in-use", "what has run here is just ending, with the keeper " + *ending + "; try again"};
}

Result<void> check_is_exos(const DataFolder& folder) {
  const std::string own = "; exo removes nothing that lies elsewhere: ";
  if (!folder.link.empty()) {
    return Error{"does-not-fit",
                 folder.path.string() + " is a link to " + folder.link + own + "remove it, and the link"};
  }
  const fs::path mounted = first_mount_in(folder.path);
  if (mounted.empty()) return {};
  return Error{"does-not-fit",
               "another file system is mounted at " + mounted.string() + own + "unmount it first"};
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

// The ledger is somebody else's again when it returns.
Result<DataFolder> set_aside(const StateFolder& state, const DataRemoval& removal) {
  auto ledger = OwnedLedger::open(state);
  if (!ledger) return ledger.error();
  const auto found = find_data(state, removal.name);  // nobody starts anything from now on
  if (!found) return found.error();
  if (found.value().folders.empty()) return unknown(state, removal.name);
  const DataFolder& folder = found.value().folders.front();
  if (const auto nothing_runs = check_nothing_runs(state, folder); !nothing_runs) return nothing_runs.error();
  if (const auto is_exos = check_is_exos(folder); !is_exos) return is_exos.error();
  const auto is_meant =
      check_is_meant(folder, found.value().application_fault, ledger.value().record(), removal.is_forced);
  if (!is_meant) return is_meant.error();
  const auto recorded = ledger.value().append(removal_decided(folder, removal.reason), removal.who);
  if (!recorded) return with_way_out(recorded.error(), state);
  std::error_code failure;
  fs::rename(folder.path, state.data() / leftover_name(folder.name), failure);
  if (!failure) return folder;
  return Error{"io",
               "cannot remove " + folder.path.string() + ": " + failure.message() +
                   "; it is whole, though the ledger has that it was to be removed; mend that, and type "
                   "it again"};
}

Result<void> remove_leftovers(const std::vector<DataLeftover>& leftovers) {
  std::optional<Error> first;
  for (const DataLeftover& leftover : leftovers) {
    std::error_code failure;
    fs::remove_all(leftover.path, failure);
    if (!failure || first) continue;
    first = Error{"io", "cannot remove all of " + leftover.path.string() + ": " + failure.message() +
                            "; mend that, and type it again"};
  }
  return first ? Result<void>(*first) : Result<void>();
}

}  // namespace

Result<DataFolder> remove_data(const StateFolder& state, const DataRemoval& removal) {
  if (const auto no_host = check_no_host(state); !no_host) return no_host.error();
  const auto seen = find_data(state, removal.name);
  if (!seen) return seen.error();
  if (seen.value().folders.empty() && seen.value().leftovers.empty()) return unknown(state, removal.name);
  DataFolder told{.name = removal.name, .path = state.data() / removal.name};
  if (!seen.value().folders.empty()) {
    auto folder = set_aside(state, removal);
    if (!folder) return folder.error();
    told = std::move(folder).value();
  }
  const auto left = find_data(state, removal.name);
  if (!left) return left.error();
  if (const auto removed = remove_leftovers(left.value().leftovers); !removed) return removed.error();
  return told;
}

}  // namespace exo

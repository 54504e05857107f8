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

// A bind mount is told by this alone. Nothing where the system does not tell.
std::optional<std::uint64_t> mount_of(const fs::path& path) {
  struct statx status {};
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
  if (::statx(AT_FDCWD, path.c_str(), flags, STATX_MNT_ID, &status) != 0) return std::nullopt;
  return (status.stx_mask & STATX_MNT_ID) != 0 ? std::optional(status.stx_mnt_id) : std::nullopt;
}

// Whether nothing in the folder, nor itself, is another file system's: what cannot be looked at may be.
Result<void> check_mounts(const fs::path& folder) {
  const auto own = mount_of(folder.parent_path());
  const auto differs = [&](const fs::path& path) { return !own || mount_of(path) != own; };
  const auto refusal = [](const fs::path& path) {
    return Error{"does-not-fit", "another file system is, or may be, mounted at " + path.string() +
                                     "; exo removes nothing that lies elsewhere: unmount it first"};
  };
  if (differs(folder)) return refusal(folder);
  std::error_code failure;
  fs::recursive_directory_iterator each(folder, failure);
  while (!failure && each != fs::recursive_directory_iterator()) {
    const bool is_folder = fs::is_directory(each->symlink_status(failure));
    if (!failure && is_folder && differs(each->path())) return refusal(each->path());
    if (!failure) each.increment(failure);
  }
  if (!failure) return {};
  return Error{"io", "cannot look at all of " + folder.string() + ": " + failure.message() +
                         "; mend that, and type it again"};
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

Error unknown(const std::vector<std::string>& names, const std::string& name) {
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
  if (folder.link.empty()) return check_mounts(folder.path);
  return Error{"does-not-fit", folder.path.string() + " is a link to " + folder.link +
                                   "; exo removes nothing that lies elsewhere: remove it, and the link"};
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

// Records that it is removed, and gives it a name that nothing is started with.
Result<void> set_aside(const StateFolder& state, const DataFolders& found, OwnedLedger& ledger,
                       const DataRemoval& removal) {
  const DataFolder& folder = found.folders.front();
  if (const auto nothing_runs = check_nothing_runs(state, folder); !nothing_runs) return nothing_runs;
  if (const auto is_exos = check_is_exos(folder); !is_exos) return is_exos;
  const auto is_meant = check_is_meant(folder, found.application_fault, ledger.record(), removal.is_forced);
  if (!is_meant) return is_meant;
  const auto recorded = ledger.append(removal_decided(folder, removal.reason), removal.who);
  if (!recorded) return with_way_out(recorded.error(), state);
  std::error_code failure;
  fs::rename(folder.path, state.data() / leftover_name(folder.name), failure);
  if (!failure) return {};
  return Error{"io",
               "cannot remove " + folder.path.string() + ": " + failure.message() +
                   "; it is whole, though the ledger has that it was to be removed; mend that, and type "
                   "it again"};
}

// The ledger is free again when it returns: removing every file may take long.
Result<DataFolder> take_away(const StateFolder& state, const DataRemoval& removal) {
  auto ledger = OwnedLedger::open(state);
  if (!ledger) return ledger.error();
  const auto found = find_data(state, removal.name);  // nobody starts anything from now on
  if (!found) return found.error();
  if (found.value().folders.empty())
    return DataFolder{.name = removal.name, .path = state.data() / removal.name};
  const auto aside = set_aside(state, found.value(), ledger.value(), removal);
  return aside ? Result<DataFolder>(found.value().folders.front()) : aside.error();
}

Result<void> remove_leftover(const DataLeftover& leftover) {
  if (const auto own = check_mounts(leftover.path); !own) return own;
  std::error_code failure;
  fs::remove_all(leftover.path, failure);
  if (!failure) return {};
  return Error{"io", "cannot remove all of " + leftover.path.string() + ": " + failure.message() +
                         "; mend that, and type it again"};
}

}  // namespace

Result<DataFolder> remove_data(const StateFolder& state, const DataRemoval& removal) {
  if (const auto no_host = check_no_host(state); !no_host) return no_host.error();
  const auto names = data_names(state);
  if (!names) return names.error();
  if (std::find(names.value().begin(), names.value().end(), removal.name) == names.value().end())
    return unknown(names.value(), removal.name);
  auto folder = take_away(state, removal);
  if (!folder) return folder;
  const auto left = find_data(state, removal.name);
  if (!left) return left.error();
  std::optional<Error> first;
  for (const DataLeftover& leftover : left.value().leftovers) {
    const auto removed = remove_leftover(leftover);
    if (!removed && !first) first = removed.error();
  }
  return first ? Result<DataFolder>(*first) : folder;
}

}  // namespace exo

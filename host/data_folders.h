// The data that the services of an environment keep: a folder for each role, or for each of its versions,
// which stays when they go. Only a person's word removes one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/version_key.h"
#include "host/state_folder.h"

namespace exo {

// Whose EXO_DATA a folder is: a version's of the application, or its deployment script's.
struct DataUser {
  VersionKey version;
  bool is_script = false;
};

// As it was when it was looked at; services go on writing.
struct DataFolder {
  std::string
      name;  // "todo" of a role, "todo-search-0.0.1" of a version, "deployment-todo-search-0.0.2" of a script
  std::filesystem::path path;
  std::uint64_t files = 0;  // what is no folder
  std::uint64_t bytes = 0;  // of these
  bool is_all_seen = true;  // false: not all of it may be read, so that it has more than that
  std::string changed;      // RFC 3339, UTC: the newest change of anything in it
  std::vector<DataUser> users;
  std::vector<std::string>
      running;  // instances and attempts that have it at this moment, with a host or without
};

// By name; looks at every file of each. Where the application cannot be read, all of `users` are empty, and
// the error says why. Blocks on the disk, changes nothing.
struct DataFolders {
  std::vector<DataFolder> folders;
  std::vector<std::string> cut_short;  // paths of what is left of removals
  std::string application_fault;       // empty: it could be read
};
Result<DataFolders> find_data(const StateFolder& state);

struct DataRemoval {
  std::string name;
  std::string reason;      // not empty
  std::string who;         // not empty
  bool is_forced = false;  // also where a version of the application keeps its data there
};

// Records it and removes the folder, and what was left of earlier removals; as the owner of the ledger, so
// that no host starts anything meanwhile. Errors, of which each says what to do: `unknown`, `in-use` where an
// instance runs with it or a host runs that could start one, `does-not-fit` where only is_forced would do it,
// those of the ledger, `io`.
Result<DataFolder> remove_data(const StateFolder& state, const DataRemoval& removal);

// For people: a table with a line for each, and a line of JSON.
std::string to_table(const DataFolders& found);
std::string to_json_line(const DataFolder& folder);

}  // namespace exo

// The data that the services of an environment keep: a folder for each role, or for each of its versions, and
// for each deployment script, which stays when they go.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
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
  std::string name;  // "todo" of a role, "todo-search-0.0.1" of a version, "deployment-todo-…" of a script
  std::filesystem::path path;
  std::string link;         // where it leads, if it is a link; nothing of that is counted
  std::uint64_t files = 0;  // what is no folder
  std::uint64_t bytes = 0;  // of these
  bool is_all_seen = true;  // false: something may not be read, or went meanwhile, so that there may be more
  std::string changed;      // RFC 3339, UTC: the newest change of anything in it
  std::vector<DataUser> users;
  std::vector<std::string>
      running;  // instances and attempts that may have it at this moment, under a host or not
};

// What is left of a removal, under a name of its own.
struct DataLeftover {
  std::string name;  // of the folder that it was
  std::filesystem::path path;
};

struct DataFolders {
  std::vector<DataFolder> folders;  // by name
  std::vector<DataLeftover> leftovers;
  std::string application_fault;  // why nobody can tell the users; empty: they are told
};

// The names of all of them, and of what is left of removals, sorted and each once; looks into none.
Result<std::vector<std::string>> data_names(const StateFolder& state);
// Looks at every file, which takes a while of very many. Blocks on the disk, changes nothing.
Result<DataFolders> find_data(const StateFolder& state);
// At one alone, or all that is left of its removal; neither where there is none.
Result<DataFolders> find_data(const StateFolder& state, const std::string& name);

// The name under which a folder is removed: none that a role can have.
std::string leftover_name(const std::string& name);

// For people: a table with a line for each, and a line of JSON.
std::string to_table(const DataFolders& found);
std::string to_json_line(const DataFolder& folder);
// "todo@1.0.0, the script of todo-search@0.0.2".
std::string names_of(const std::vector<DataUser>& users);

}  // namespace exo

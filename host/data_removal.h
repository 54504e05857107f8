// Removing what services keep, for good: a person's word alone does that.
#pragma once

#include <string>

#include "base/result.h"
#include "host/data_folders.h"
#include "host/state_folder.h"

namespace exo {

struct DataRemoval {
  std::string name;
  std::string reason;      // not empty
  std::string who;         // not empty
  bool is_forced = false;  // also where a version of the application keeps its data there
};

// Records it and gives the folder another name, as the owner of the ledger, so that no host starts anything
// with it meanwhile; then removes it, and what was left of earlier removals of that name. Where only that is
// there, it is removed, and nothing recorded again. Errors, of which each says what to do: `unknown`,
// `in-use` where something runs with it, or could be started, `does-not-fit` where only is_forced would do
// it, or where it leads elsewhere, those of the ledger, `io`. Blocks for as long as removing every file
// takes.
Result<DataFolder> remove_data(const StateFolder& state, const DataRemoval& removal);

}  // namespace exo

// Which exo this is: for `--version`, logs and records.
#pragma once

#include <string>
#include <string_view>

namespace exo {

// All may be called from any thread; the texts live for ever.

// The version of the project: "0.1.0".
std::string_view build_version();
// The commit that it was built from, 12 hex digits, with "+changes" behind it when tracked files differed
// from that commit; "unknown" where the source was no git clone.
std::string_view build_commit();
// One line for people: "exo 0.1.0 (commit 42afc63e0a11)".
std::string version_text();

}  // namespace exo

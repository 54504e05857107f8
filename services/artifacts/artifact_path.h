// What may be in an artifact: which names, and which links.
//
// An artifact has two folders at its top: `service/`, which is the service's own, and `deployment-scripts/`,
// with the scripts of its version. Each function says what is wrong and how to mend it, in a sentence that
// goes on from the name itself, or nothing when all is well. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace exo {

inline constexpr char kServiceTop[] = "service";
inline constexpr char kScriptsTop[] = "deployment-scripts";
inline constexpr char kManifestName[] = "manifest.json";
inline constexpr std::size_t kMaxArtifactPathBytes = 1000;

// Of the name of a file relative to any folder, "lib/index.js": whole UTF-8 on one line, without empty parts,
// "." and "..".
std::string fault_of_relative_path(std::string_view path);

// The same for a place in an artifact, which begins with one of its two folders.
std::string fault_of_artifact_path(std::string_view path);

// Of a link at `path`, a legal place in an artifact. It may lead, by "../" at its beginning alone, to
// anything in the same folder at the top: then no link can lead outside through another one either.
std::string fault_of_link(std::string_view path, std::string_view target);

}  // namespace exo

// What names the content of a deployment script, so that the ledger can say which one ran.
//
// "sha256/lf" is SHA-256 over the content of a file, in which each CR LF counts as LF unless the file holds a
// NUL (then it is not text): the same script checked out on another system is the same script. A folder is
// the sequence, over its files in the byte order of their relative paths, of path, NUL, the hexadecimal
// digest of the file (of a symbolic link: of what it points to, as text) and LF. `node_modules` and names
// that begin with "." are left out: they are made on each machine, and differ for no reason that matters.
//
// Rejected: the plain bytes. Line endings and upgraded tools then look like drift.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

inline constexpr char kScriptDigestAlgorithm[] = "sha256/lf";

inline constexpr std::size_t kMaxScriptFileBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxScriptFiles = 10'000;

// Of the content of one file: 64 hexadecimal digits.
std::string text_digest(std::string_view content);

// Of a file or a folder. Blocks on the disk; nothing is followed out of a folder. Errors are those of
// base/files.h, and "too-large" for a folder of too many files.
Result<std::string> script_digest(const std::filesystem::path& path);

}  // namespace exo

// What names the content of files, so that the ledger can say which script ran and which service it was.
//
// "sha256/lf" is SHA-256 over the content of a file, in which each CR LF counts as LF unless the file holds a
// NUL (then it is not text): the same file checked out on another system is the same file. A folder is the
// sequence, over its files in the byte order of their relative paths, of path, NUL, the hexadecimal digest of
// the file (of a symbolic link: of what it points to, as text) and LF. `node_modules` and names that begin
// with "." are left out: they are made on each machine, and differ for no reason that matters.
//
// "sha256/lf/git" is the same over a folder in a git work tree, but of the files that git would keep: those
// it tracks, and those it does not know and is not told to ignore. What a build or a run leaves there then
// makes no difference.
//
// "sha256/artifact" is the digest of what an artifact holds of a service, see services/artifacts: of what
// runs where versions run from copies of their artifacts, which nobody edits.
//
// Rejected: the plain bytes. Line endings and upgraded tools then look like drift.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace exo {

inline constexpr char kDigestOfFiles[] = "sha256/lf";
inline constexpr char kDigestOfGitFiles[] = "sha256/lf/git";
inline constexpr char kDigestOfArtifact[] = "sha256/artifact";

inline constexpr std::size_t kMaxDigestedFileBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxDigestedFiles = 10'000;

// Digests of one content, by algorithm.
using ContentDigests = std::map<std::string, std::string>;

// Of the content of one file: 64 hexadecimal digits.
std::string text_digest(std::string_view content);

// "sha256/lf" of a file or a folder. Blocks on the disk; nothing is followed out of a folder. Errors are
// those of base/files.h, and "too-large" for a folder of too many files. Files with the extension `left_out`
// (".feature") are no part of a folder's content; empty: all are.
Result<std::string> content_digest(const std::filesystem::path& path, std::string_view left_out = "");

// Of a folder of sources: "sha256/lf", and "sha256/lf/git" where git knows the folder; an error where neither
// can be had. Runs git, so it is not
// to be called where another thread starts processes.
Result<ContentDigests> source_digests(const std::filesystem::path& folder);

// The files below `folder` that git tracks or would, relative to it and sorted; nothing where git does not
// know the folder. Files that are tracked and gone are left out, and what git says besides names no file.
// Runs git, as source_digests() does.
std::optional<std::vector<std::filesystem::path>> files_of_git(const std::filesystem::path& folder);

// The algorithm that tells most about a change between the two: that of artifacts, then that of git's files,
// where both have it. Empty where they have none in common.
std::string algorithm_to_compare(const ContentDigests& one, const ContentDigests& other);

}  // namespace exo

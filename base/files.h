// Whole files: read with a limit, written so that a crash leaves the old content or the new, never a piece.
//
// All functions block on the disk and may be called from any thread. Errors name the path and what the kernel
// said; their codes are "not-found", "not-allowed", "not-a-file", "too-large", "disk-full",
// "disk-read-only" and "io".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

// The Error for a system call that has just failed on `path`: `doing` completes "cannot … <path>". Reads
// errno's value from the argument, so that it can be saved before anything else overwrites it.
Error file_error(std::string_view doing, std::string_view path, int error_number);

// Why a file could not be opened with O_NOFOLLOW, for people: that a link is in its place, or what the kernel
// said.
std::string why_not_opened(int error_number);

// The content of a regular file (through symbolic links). "too-large" when it has more than `max_bytes`;
// never waits on a pipe or device.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// Replaces `path` by a file of this content that its owner alone may read and write (0600), durably: when
// this returns without error the new content survives a power cut. On failure the old file is as it was (or,
// when only making it durable failed, the new one is in its place), and no other is left behind.
Result<void> write_file_atomically(const std::string& path, std::string_view content);

// Makes a folder and those above it that are missing, for their owner alone (0700). A folder that exists is
// left as it is; a file in its place is "not-a-file".
Result<void> make_folder(const std::string& path);

// An absolute path without symbolic links or "..". "not-found" when nothing is there.
Result<std::string> real_path(const std::string& path);

// `path` with a random ending that no other file has: for what will be renamed to `path`.
std::string temporary_name(const std::string& path);

}  // namespace exo

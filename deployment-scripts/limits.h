// The limits of what a rollout waits for and writes down, each with its reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace exo {

// Bus and keeper are two pipes: what a script said before it exited may arrive after its exit.
inline constexpr std::chrono::milliseconds kLastWords{1000};
// Between two tries to start a process whose run lock another one still holds, or for which the disk has no
// room.
inline constexpr std::chrono::milliseconds kLockRetryPause{500};
// Between two tries to append to a ledger that refuses, as on a full disk.
inline constexpr std::chrono::milliseconds kAppendRetryPause{1000};

// A checkpoint is a place to go on from, not data.
inline constexpr std::size_t kMaxCheckpointBytes = 1024 * 1024;
// Checkpoints that wait for the ledger; a script that waits for each answer has one.
inline constexpr std::size_t kMaxWaitingCheckpoints = 1000;
// Checkpoints whose ids are remembered, so that one that comes twice counts once; a relay sends again only
// what it has sent shortly before.
inline constexpr std::size_t kMaxKnownCheckpoints = 100;
// A reason is a sentence; the rest is in the log.
inline constexpr std::size_t kMaxReasonBytes = 4096;
// Of a script's output in the ledger; all of it is in the log.
inline constexpr std::size_t kMaxLastLines = 20;
inline constexpr std::size_t kMaxLineBytes = 500;

}  // namespace exo

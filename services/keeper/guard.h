// The guard: a small process between the keeper and one program, which sees to it that nothing of the program
// outlives what it should.
//
// It is forked by the keeper and executes nothing, so it costs a few pages. It is leader of its own process
// group, the program leader of another, so that no signal to the program's group reaches it. As a child
// subreaper it inherits whatever the program's descendants leave behind; what called setsid() or forked twice
// is still below it. (A parent-death signal alone misses grandchildren and is cleared by setuid programs; it
// is set all the same, for the case that the guard itself is killed.)
//
//   keeper → guard   one byte a command over the life pipe: kTerminate sends SIGTERM to the program's group,
//                    the last of which may then take its time, be it the program itself or not.
//                    The pipe's end, because the keeper wants it or because it died, ends everything below.
//                    So does the program's end, unless it was told to terminate.
//   guard → keeper   GuardReports: kFailed; or kStarted and, when the program has ended and nothing of it
//                    lives, kExited. Then the guard exits.
//
// The descriptors that hold locks (of the keeper, of the run) stay open in the guard until it exits: a lock
// that they hold is free only when nothing below any guard lives.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "services/keeper/program_start.h"

namespace exo {

inline constexpr char kTerminate = 'T';

struct GuardReport {
  enum class Kind : std::int32_t { kStarted, kFailed, kExited };
  Kind kind = Kind::kStarted;
  pid_t pid = 0;         // of the program
  StartFailure failure;  // with kFailed
  int raw_status = 0;    // with kExited, and what follows too
  std::uint64_t max_resident_kib = 0;
  std::uint64_t user_ms = 0;
  std::uint64_t system_ms = 0;
};

// The report of a program's end.
GuardReport end_report(pid_t pid, int raw_status, const rusage& usage);

// What a guard needs of what the keeper had open; everything else it closes first.
struct GuardDescriptors {
  int life_pipe = -1;
  int status_pipe = -1;
  int stdout_pipe = -1;
  int stderr_pipe = -1;
  std::vector<int> locks;
};

// Called in a fresh child of the keeper, all signals blocked. Never returns.
[[noreturn]] void run_guard(ProgramImage& image, const GuardDescriptors& descriptors);

}  // namespace exo

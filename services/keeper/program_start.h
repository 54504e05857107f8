// Between fork and exec: what a child does to become the program that it was forked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/keeper/process_spec.h"

namespace exo {

// How far a child got. Sent over a pipe, so it is made of numbers only.
enum class StartStage : std::int32_t { kFork, kLimit, kUser, kFolder, kExec };

struct StartFailure {
  StartStage stage = StartStage::kExec;
  std::int32_t error = 0;  // errno
};

// The strings of a spec in the form that exec takes. Made before the fork; refers to the spec, which must
// live and stay unchanged.
class ProgramImage {
 public:
  explicit ProgramImage(const ProcessSpec& spec);

  const ProcessSpec& spec() const { return spec_; }
  char* const* argv() const { return argv_.data(); }
  char** environment() { return environment_.data(); }

 private:
  const ProcessSpec& spec_;
  std::vector<std::string> variables_;  // "KEY=value"
  std::vector<char*> argv_;             // ends with null
  std::vector<char*> environment_;      // ends with null
};

// The descriptors that a child begins with.
struct ProgramDescriptors {
  int stdout_pipe = -1;
  int stderr_pipe = -1;
  int failure_pipe = -1;  // close-on-exec: its end without a word says that exec succeeded
};

// Called in a fresh child of `parent`, never returns: own process group, SIGKILL when the parent dies, the
// three standard streams, nothing else open, its limits (which only root may raise), its user, its folder (as
// that user), all signals at their defaults and unblocked, then exec. A failure goes to the failure pipe as a
// StartFailure, and the child exits with 127.
[[noreturn]] void become_program(ProgramImage& image, const ProgramDescriptors& descriptors, int parent);

// "cannot enter the folder "x": No such file or directory", for people.
std::string describe(const StartFailure& failure, const ProcessSpec& spec);

}  // namespace exo

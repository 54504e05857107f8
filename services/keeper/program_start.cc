#include "services/keeper/program_start.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/check.h"

namespace exo {
namespace {

constexpr int kExitCannotExecute = 127;

// The strings belong to the spec or to the image; exec does not change them in spite of its signature.
char* mutable_text(const std::string& text) {
  return const_cast<char*>(text.c_str());
}

[[noreturn]] void report_failure(int pipe, StartStage stage) {
  const StartFailure failure{.stage = stage, .error = errno};
  [[maybe_unused]] const ssize_t written = ::write(pipe, &failure, sizeof failure);
  ::_exit(kExitCannotExecute);
}

// Descriptors 0 to 2 are open in the keeper and its guards, so the pipes are never among them.
void take_streams(const ProgramDescriptors& descriptors) {
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(descriptors.stdout_pipe, STDOUT_FILENO);
  ::dup2(descriptors.stderr_pipe, STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);  // refused for a few: no matter
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool take_limits(const std::vector<ResourceLimit>& limits) {
  for (const ResourceLimit& limit : limits) {
    const rlimit both{.rlim_cur = limit.value, .rlim_max = limit.value};
    if (::setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &both) != 0) return false;
  }
  return true;
}

void die_with(int parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kExitCannotExecute);  // it died before the line above
}

// The pipes change hands too, as far as they can: what opens /dev/stdout needs the right to. A change of user
// clears the parent-death signal.
bool take_user(const ProcessUser& user, int parent) {
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    [[maybe_unused]] const int owned = ::fchown(stream, user.credentials.uid, user.credentials.gid);
  }
  if (!become(user.credentials)) return false;
  die_with(parent);
  return true;
}

std::string as_user(const ProcessSpec& spec) {
  return spec.user ? " as the user \"" + spec.user->name + "\"" : "";
}

// The kernel counts a user's processes at this moment, and says no more than "try again".
std::string hint_about(const StartFailure& failure) {
  return failure.error == EAGAIN ? "; that user has as many processes as `limits.processes` allows already"
                                 : "";
}

}  // namespace

ProgramImage::ProgramImage(const ProcessSpec& spec) : spec_(spec) {
  for (const auto& [key, value] : spec.environment) variables_.emplace_back(key).append("=").append(value);
  for (const std::string& variable : variables_) environment_.push_back(mutable_text(variable));
  environment_.push_back(nullptr);
  for (const std::string& argument : spec.argv) argv_.push_back(mutable_text(argument));
  argv_.push_back(nullptr);
}

void become_program(ProgramImage& image, const ProgramDescriptors& descriptors, int parent) {
  ::setpgid(0, 0);
  die_with(parent);
  take_streams(descriptors);
  const ProcessSpec& spec = image.spec();
  if (!take_limits(spec.limits)) report_failure(descriptors.failure_pipe, StartStage::kLimit);
  if (spec.user && !take_user(*spec.user, parent))
    report_failure(descriptors.failure_pipe, StartStage::kUser);
  if (::chdir(spec.folder.c_str()) != 0) report_failure(descriptors.failure_pipe, StartStage::kFolder);
  environ = image.environment();  // execvp searches the PATH of the program, not the keeper's
  reset_signals();
  ::execvp(image.argv()[0], image.argv());
  report_failure(descriptors.failure_pipe, StartStage::kExec);
}

std::string describe(const StartFailure& failure, const ProcessSpec& spec) {
  const std::string reason = std::strerror(failure.error);
  switch (failure.stage) {
    case StartStage::kFork:
      return "cannot make a process for \"" + spec.argv.front() + "\": " + reason;
    case StartStage::kLimit:
      return "cannot set a limit of " + spec.role +
             "; it may be above the one that exo itself has: " + reason;
    case StartStage::kUser:
      return "cannot become the user \"" + spec.user->name + "\" for " + spec.role + ": " + reason +
             "; start exo as root with the right to change users (CAP_SETUID and CAP_SETGID), or leave "
             "`user` "
             "out of its service.yml";
    case StartStage::kFolder:
      return "cannot enter the folder \"" + spec.folder + "\"" + as_user(spec) + ": " + reason;
    case StartStage::kExec:
      return "cannot execute \"" + spec.argv.front() + "\" in \"" + spec.folder + "\"" + as_user(spec) +
             ": " + reason + hint_about(failure);
  }
  EXO_CHECK(false);
}

}  // namespace exo

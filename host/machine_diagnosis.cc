#include "host/machine_diagnosis.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "base/check.h"
#include "base/files.h"
#include "base/kernel_lock.h"
#include "base/process_output.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "bus/wire/curve_keys.h"
#include "host/state_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

// A cold interpreter on a busy machine takes seconds; what takes longer than this will not serve anybody.
constexpr std::chrono::seconds kInterpreterWithin{60};
constexpr int kOldestNode = 18;

// What the host and its keeper have open beside the instances, and what each instance adds: its connection,
// its log, its pipes and pidfd, and some connections that are forwarded to it.
constexpr rlim_t kOwnFiles = 128;
constexpr rlim_t kFilesOfAnInstance = 16;
// The guard, the program, its threads (Node has eleven) and what it starts.
constexpr rlim_t kTasksOfAnInstance = 24;
constexpr rlim_t kOwnTasks = 32;
constexpr std::size_t kMaxFileBytes = 64 * 1024;

bool has_pidfd() {
  const UniqueFd self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  return self && ::syscall(SYS_pidfd_send_signal, self.get(), 0, nullptr, 0) == 0;
}

// An empty range: nothing is closed where the call is known.
bool has_close_range() {
  return ::syscall(SYS_close_range, ~0U, ~0U, 0) == 0;
}

bool has_file_locks() {
  const UniqueFd file(::memfd_create("exo-doctor", MFD_CLOEXEC));
  return file && lock_file(file.get()) == LockOutcome::kTaken;
}

bool has_subreaper() {
  int is_one = 0;
  return ::prctl(PR_GET_CHILD_SUBREAPER, &is_one) == 0;
}

bool has_signal_descriptors() {
  sigset_t none;
  ::sigemptyset(&none);
  return static_cast<bool>(UniqueFd(::signalfd(-1, &none, SFD_CLOEXEC)));
}

Finding diagnose_kernel() {
  utsname name{};
  EXO_CHECK(::uname(&name) == 0);
  const std::string kernel = std::string(name.sysname) + " " + name.release;
  std::vector<std::string> missing;
  if (!has_pidfd()) missing.emplace_back("pidfd");
  if (!has_close_range()) missing.emplace_back("close_range");
  if (!has_file_locks()) missing.emplace_back("locks on open files (F_OFD_SETLK)");
  if (!has_subreaper()) missing.emplace_back("child subreapers");
  if (!has_signal_descriptors()) missing.emplace_back("signalfd");
  if (missing.empty()) return ok("kernel", kernel + " has what exo's processes are watched and ended with");
  return lacking("kernel",
                 kernel + " lacks " + join_for_people(missing) + ", which exo needs to end what it starts",
                 "use Linux 5.9 or newer; in a container, let its seccomp profile allow these calls");
}

Finding diagnose_sockets() {
  const auto folder = SocketFolder::create();
  if (folder) return ok("sockets", "can be made in " + folder.value().path().parent_path().string());
  return lacking("sockets", folder.error().message + ", so that no service could reach the bus",
                 "make /tmp writable, or set XDG_RUNTIME_DIR to a folder of yours with a short name");
}

std::string number_or_none(rlim_t limit) {
  return limit == RLIM_INFINITY ? "no limit" : std::to_string(limit);
}

Finding diagnose_open_files(rlim_t needed) {
  rlimit limit{};
  EXO_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const std::string found = "limit on open files: " + number_or_none(limit.rlim_cur);
  if (limit.rlim_cur >= needed) return ok("files", found + ", " + std::to_string(needed) + " are needed");
  return lacking(
      "files", found + ", and " + std::to_string(needed) + " are needed, or instances cannot connect",
      "ulimit -n " + std::to_string(needed) + " before exo is started" +
          (limit.rlim_max < needed ? " (root must raise the hard limit first: /etc/security/limits.conf)"
                                   : ""));
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  text = trim(text);
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The number behind a key of /proc/PID/status, "Threads:\t11".
std::uint64_t status_number(const std::string& status, const std::string& key) {
  for (const std::string_view line : split(status, '\n')) {
    if (line.substr(0, key.size()) != key) continue;
    const std::string_view value = trim(line.substr(key.size()));
    return number_in(value.substr(0, value.find_first_of(" \t"))).value_or(0);
  }
  return 0;
}

// Processes and threads that count against the user's limit now.
std::uint64_t tasks_of(uid_t user) {
  std::uint64_t tasks = 0;
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    if (!number_in(process->path().filename().string())) continue;
    const Result<std::string> status = read_file((process->path() / "status").string(), kMaxFileBytes);
    if (status && status_number(status.value(), "Uid:") == user)
      tasks += status_number(status.value(), "Threads:");
  }
  return tasks;
}

// What is left of the limit that a container or a service manager sets; nothing when there is none.
std::optional<std::uint64_t> tasks_left_in_group() {
  const Result<std::string> groups = read_file("/proc/self/cgroup", kMaxFileBytes);
  if (!groups) return std::nullopt;
  for (const std::string_view line : split(groups.value(), '\n')) {
    if (line.substr(0, 3) != "0::") continue;
    const std::string folder = "/sys/fs/cgroup" + std::string(line.substr(3));
    const Result<std::string> most = read_file(folder + "/pids.max", kMaxFileBytes);
    const Result<std::string> current = read_file(folder + "/pids.current", kMaxFileBytes);
    if (!most || !current) return std::nullopt;
    const auto limit = number_in(most.value());
    const auto used = number_in(current.value());
    if (!limit || !used) return std::nullopt;
    return *limit - std::min(*limit, *used);
  }
  return std::nullopt;
}

Finding too_few_tasks(const std::string& who, std::uint64_t left, rlim_t needed, std::string fix) {
  return lacking("processes",
                 who + " allows " + std::to_string(left) + " more processes and threads, and " +
                     std::to_string(needed) + " are needed, or instances cannot start",
                 std::move(fix));
}

Finding diagnose_processes(rlim_t needed) {
  rlimit limit{};
  EXO_CHECK(::getrlimit(RLIMIT_NPROC, &limit) == 0);
  const bool is_limited = ::geteuid() != 0 && limit.rlim_cur != RLIM_INFINITY;
  if (is_limited) {
    const std::uint64_t used = tasks_of(::geteuid());
    const std::uint64_t left = limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, used);
    if (left < needed) {
      return too_few_tasks(
          "this user's limit of " + std::to_string(limit.rlim_cur), left, needed,
          "ulimit -u " + std::to_string(used + needed) + " before exo is started, or end some");
    }
  }
  if (const auto left = tasks_left_in_group(); left && *left < needed) {
    return too_few_tasks("the control group's limit", *left, needed,
                         "raise pids.max of the container or TasksMax of the unit that exo runs in");
  }
  return ok("processes", std::string(is_limited ? "limit on processes: " + number_or_none(limit.rlim_cur)
                                                : "no limit of this user's on processes") +
                             ", room for " + std::to_string(needed) + " more is needed");
}

// "v18.19.0 …" → 18; 0 when it is no version of Node.
int major_of(std::string_view text) {
  if (text.empty() || text.front() != 'v') return 0;
  return static_cast<int>(number_in(text.substr(1, text.find('.') - 1)).value_or(0));
}

std::string first_line(const std::string& text) {
  return printable(trim(text.substr(0, text.find('\n'))), 300);
}

// The second line of an interpreter's answer says whether its ZeroMQ knows CURVE.
std::string keys_of(const std::string& answer) {
  const auto lines = split(answer, '\n');
  const bool has_keys = lines.size() > 1 && trim(lines[1]) == "curve";
  return has_keys ? "" : ", whose ZeroMQ has no CURVE: what it runs cannot join the bus over TCP";
}

Finding diagnose_keys() {
  if (has_curve()) return ok("keys", "ZeroMQ knows CURVE, so that the bus may listen on TCP");
  return note(
      "keys",
      "ZeroMQ was built without CURVE, so that the bus cannot listen on TCP; Debian's libzmq5 has it");
}

Finding missing(const std::string& subject, Need need, const std::string& meaning, const std::string& fix) {
  if (need == Need::kNeeded) return lacking(subject, meaning, fix);
  return note(subject, meaning + "; nothing here needs it");
}

}  // namespace

std::vector<Finding> diagnose_machine() {
  return {diagnose_kernel(), diagnose_sockets(), diagnose_keys()};
}

std::vector<Finding> diagnose_limits(std::size_t instances) {
  return {diagnose_open_files(kOwnFiles + kFilesOfAnInstance * instances),
          diagnose_processes(kOwnTasks + kTasksOfAnInstance * instances)};
}

Finding diagnose_node(const Installation& installation, Need need) {
  // From where exo lies, and not from the working directory, which may have a relay of its own.
  constexpr const char* kQuestion =
      "console.log(process.version + ' at ' + process.execPath);"
      "const load = require('module').createRequire(process.argv[1]);"
      "load('exorelay');"
      "console.log(load('zeromq').capability.curve ? 'curve' : 'none')";
  const std::string root = installation.root.string();
  const auto asked = process_output({"node", "-e", kQuestion, root + "/"}, kInterpreterWithin);
  if (!asked) {
    return missing("node", need, "no node is on the PATH: services and scripts in JavaScript cannot start",
                   "install Node 18 or newer (Debian: apt-get install nodejs)");
  }
  const std::string found = first_line(asked.value().text);
  if (major_of(found) < kOldestNode) {
    return missing("node", need, "Node 18 or newer is needed, found " + in_quotes(found, 300),
                   "install Node 18 or newer, or put it first on the PATH");
  }
  if (!asked.value().status.success()) {
    return missing("node", need, found + " cannot load the relay \"exorelay\" from " + root + "/node_modules",
                   "npm ci in " + root + ", where exo lies");
  }
  return ok("node", found + ", with the relay" + keys_of(asked.value().text));
}

Finding diagnose_python(const Installation& installation, Need need) {
  const std::string python = (installation.root / "bus/relays/python/bin/exo-python").string();
  const auto asked = process_output(
      {python, "-c",
       "import platform, sys, exorelay, zmq; print(platform.python_version(), 'at', sys.executable);"
       "print('curve' if zmq.has('curve') else 'none')"},
      kInterpreterWithin);
  if (asked && asked.value().status.success()) {
    return ok("python", first_line(asked.value().text) + ", with the relay" + keys_of(asked.value().text));
  }
  const std::string why = asked ? first_line(asked.value().text) : asked.error().message;
  return missing("python", need, "services and scripts in Python cannot join the bus: " + why,
                 "install Python 3.11 or newer with pyzmq and msgpack (Debian: apt-get install python3-zmq "
                 "python3-msgpack), or name one in EXO_PYTHON");
}

}  // namespace exo

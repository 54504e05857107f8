#include "services/keeper/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

extern "C" {  // glibc 2.36 forgot it
#include <sys/pidfd.h>
}

namespace exo {
namespace {

struct Parentage {
  char state = 'Z';
  pid_t parent = 0;  // 0 when the process is gone
};

// Of `pid (name) state parent …`; the name may hold anything, so the last parenthesis counts.
Parentage parse_stat(std::string_view stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos || name_end + 4 >= stat.size()) return {};
  const std::string rest(stat.substr(name_end + 2));
  return {rest[0], static_cast<pid_t>(std::strtol(rest.c_str() + 2, nullptr, 10))};
}

Parentage parentage_of(const char* pid) {
  const std::string path = std::string("/proc/") + pid + "/stat";
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::array<char, 512> text{};
  const ssize_t count = ::read(file.get(), text.data(), text.size());
  if (count <= 0) return {};
  return parse_stat({text.data(), static_cast<std::size_t>(count)});
}

bool is_pid(const char* name) {
  return std::isdigit(static_cast<unsigned char>(name[0])) != 0;
}

// One process of the walk; true when it is below a doomed one, dead or alive.
bool end_if_doomed(const char* name, const std::set<pid_t>& doomed, std::size_t& alive) {
  const auto pid = static_cast<pid_t>(std::strtol(name, nullptr, 10));
  if (!doomed.contains(parentage_of(name).parent)) return false;
  const UniqueFd process(::pidfd_open(pid, 0));
  const Parentage now = parentage_of(name);
  if (!doomed.contains(now.parent)) return false;
  if (now.state == 'Z' || now.state == 'X') return true;
  ++alive;
  if (process) {
    ::pidfd_send_signal(process.get(), SIGKILL, nullptr, 0);
  } else {
    ::kill(pid, SIGKILL);  // no descriptor left: better the small risk of a number used again than a survivor
  }
  return true;
}

}  // namespace

std::size_t kill_below(pid_t root, const std::set<pid_t>& spared) {
  std::size_t alive = 0;
  std::set<pid_t> doomed{root};
  bool grew = true;
  while (grew) {  // a child may come before its parent in /proc: once numbers have wrapped
    grew = false;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
    if (!proc) return alive + 1;  // cannot look: whatever is there may live
    while (const dirent* entry = ::readdir(proc.get())) {
      if (!is_pid(entry->d_name)) continue;
      const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
      if (doomed.contains(pid) || spared.contains(pid)) continue;
      if (!end_if_doomed(entry->d_name, doomed, alive)) continue;
      doomed.insert(pid);
      grew = true;
    }
  }
  return alive;
}

}  // namespace exo

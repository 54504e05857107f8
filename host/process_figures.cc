#include "host/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace exo {
namespace {

std::chrono::nanoseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

std::uint64_t count_open_files() {
  std::error_code failure;
  std::filesystem::directory_iterator each("/proc/self/fd", failure);
  std::uint64_t count = 0;
  for (; !failure && each != std::filesystem::directory_iterator(); each.increment(failure)) ++count;
  return count > 0 ? count - 1 : 0;  // the folder itself was open meanwhile
}

}  // namespace

ProcessFigures figures_of_this_process(UnixTime began) {
  ProcessFigures figures;
  figures.began = began;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    figures.cpu = duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.open_files_limit = limit.rlim_cur;
  std::uint64_t virtual_pages = 0;
  std::uint64_t resident_pages = 0;
  if (std::ifstream statm("/proc/self/statm"); statm >> virtual_pages >> resident_pages) {
    const auto page = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
    figures.virtual_bytes = virtual_pages * page;
    figures.resident_bytes = resident_pages * page;
  }
  figures.open_files = count_open_files();
  return figures;
}

}  // namespace exo

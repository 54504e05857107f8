#include "services/forwarder/port_holder.h"

#include <charconv>
#include <filesystem>
#include <set>
#include <sstream>
#include <system_error>
#include <vector>

#include "base/files.h"
#include "base/text.h"

namespace exo {
namespace {

// No table of sockets or list of descriptors is read beyond this: an error message is not worth more.
constexpr std::size_t kMaxTableBytes = 16 * 1024 * 1024;

// Adds the inodes of sockets that listen on the port. A line of the table is
// "sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …", numbers in
// hexadecimal; state 0A is LISTEN.
void add_listening_inodes(const std::string& table, std::uint16_t port, std::set<std::string>& inodes) {
  const Result<std::string> content = read_file(table, kMaxTableBytes);
  if (!content.ok()) return;
  std::istringstream lines(content.value());
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::vector<std::string> words(10);
    for (std::string& word : words) fields >> word;
    const std::size_t colon = words[1].rfind(':');
    if (!fields || words[3] != "0A" || colon == std::string::npos) continue;
    std::uint16_t local_port = 0;
    std::from_chars(words[1].data() + colon + 1, words[1].data() + words[1].size(), local_port, 16);
    if (local_port == port) inodes.insert(words[9]);
  }
}

bool holds_one_of(const std::filesystem::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (std::filesystem::directory_iterator fd(process / "fd", error), end; !error && fd != end;
       fd.increment(error)) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(fd->path(), gone).string();
    constexpr std::string_view kBeginning = "socket:[";
    if (gone || target.compare(0, kBeginning.size(), kBeginning) != 0) continue;
    if (inodes.count(target.substr(kBeginning.size(), target.size() - kBeginning.size() - 1)) > 0)
      return true;
  }
  return false;
}

}  // namespace

std::optional<PortHolder> find_port_holder(std::uint16_t port) {
  std::set<std::string> inodes;
  add_listening_inodes("/proc/net/tcp", port, inodes);
  add_listening_inodes("/proc/net/tcp6", port, inodes);
  if (inodes.empty()) return std::nullopt;
  std::error_code error;
  for (std::filesystem::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    const std::string id = process->path().filename().string();
    pid_t pid = 0;
    const auto [parsed_to, fault] = std::from_chars(id.data(), id.data() + id.size(), pid);
    if (fault != std::errc{} || parsed_to != id.data() + id.size()) continue;
    if (!holds_one_of(process->path(), inodes)) continue;
    const Result<std::string> name = read_file((process->path() / "comm").string(), 1024);
    return PortHolder{.pid = pid, .name = name.ok() ? printable(trim(name.value())) : "a process"};
  }
  return std::nullopt;
}

}  // namespace exo

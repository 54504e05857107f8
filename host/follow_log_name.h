// How the file of a log of followed commands is called: "<run>.<follow>.<epoch>.follow", and with ".new"
// behind that until it is whole.
//
// Each host has files of its own, by the epoch in which it holds the environment. So it writes, renames and
// removes nothing that the host which took over from it reads, however late it wakes up: no question whether
// the environment is still its own could be asked closely enough before a rename. And each follow has files
// of its own, so that what a late host leaves behind is nothing to the next follow of the run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exo {

// A value. Without a follow and an epoch: as older versions of exo called it, "<run>.follow".
struct FollowLogName {
  std::string run;
  std::uint64_t follow = 0;  // the position of the follow-started that it began with
  std::uint64_t epoch = 0;   // of the host that writes it

  bool operator==(const FollowLogName&) const = default;
};

struct ParsedFollowLogName {
  FollowLogName name;
  bool is_finished = true;
};

std::string to_file_name(const ParsedFollowLogName& parsed);
// nullopt: the file is no log of followed commands.
std::optional<ParsedFollowLogName> parse_follow_log_name(std::string_view file_name);

}  // namespace exo

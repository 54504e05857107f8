// How a command of service.yml is started.
#pragma once

#include <string>
#include <vector>

namespace exo {

// The arguments of a process that runs `command` in a POSIX shell. Debian's shell stays behind its command as
// another process, to which signals and figures then go; so it is told to become the command, where the
// command is one program with its arguments and leaves nothing for a shell to do.
std::vector<std::string> shell_command(const std::string& command);

}  // namespace exo

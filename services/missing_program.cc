#include "services/missing_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/nearest_word.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "services/shell_command.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

// What a shell looks through when nothing else is said.
constexpr const char* kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr int kMostEntries = 20'000;  // of a folder in which a misspelled program is looked for

enum class Finding { kProgram, kNothing, kFolder, kNotExecutable };

Finding look_at(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return Finding::kNothing;
  if (S_ISDIR(status.st_mode)) return Finding::kFolder;
  return ::access(file.c_str(), X_OK) == 0 ? Finding::kProgram : Finding::kNotExecutable;
}

void add_names(const fs::path& folder, std::vector<std::string>& names) {
  std::error_code error;
  int seen = 0;
  for (fs::directory_iterator each(folder, error), end; !error && each != end; each.increment(error)) {
    if (++seen > kMostEntries) return;
    if (look_at(each->path()) == Finding::kProgram) names.push_back(each->path().filename().string());
  }
}

std::string fault_of_path(const std::string& program, const fs::path& folder) {
  const fs::path file = folder / program;
  switch (look_at(file)) {
    case Finding::kProgram:
      return {};
    case Finding::kFolder:
      return in_quotes(program) + " is a folder, and no program";
    case Finding::kNotExecutable:
      return in_quotes(program) + " is not executable; type: chmod +x " +
             printable(shell_word(file.lexically_normal().string()));
    case Finding::kNothing:
      break;
  }
  std::vector<std::string> beside;
  add_names(file.parent_path(), beside);
  std::sort(beside.begin(), beside.end());
  return "there is no program " + in_quotes(program) + did_you_mean(file.filename().string(), beside);
}

std::string fault_on_path(const std::string& program, const fs::path& folder, const std::string& path) {
  std::vector<std::string> known;
  for (const std::string_view part : split(path, ':')) {
    const fs::path place = part.empty() ? folder : folder / part;  // an absolute part stands for itself
    if (look_at(place / program) == Finding::kProgram) return {};
  }
  for (const std::string_view part : split(path, ':')) add_names(folder / part, known);
  std::sort(known.begin(), known.end());
  return "there is no program " + in_quotes(program) +
         " in any folder of PATH; install it, or mend the command" + did_you_mean(program, known);
}

}  // namespace

std::optional<std::string> program_of(const std::string& command) {
  // Whether a command is one program is known where it is decided that the shell becomes it.
  if (shell_command(command).back() != "exec " + command) return std::nullopt;
  const std::string word = command.substr(0, command.find_first_of(" \t"));
  if (word.empty() || word.find_first_of("$'\"\\*?[~") != std::string::npos) return std::nullopt;
  return word;
}

std::string path_of(const ServiceVersion& version, const Variables& own_environment) {
  for (const auto& [name, value] : version.environment_variables) {
    if (name == "PATH") return value;
  }
  const auto inherited = own_environment.find("PATH");
  return inherited == own_environment.end() ? kUsualPath : inherited->second;
}

std::string fault_of_program(const std::string& program, const std::string& folder, const std::string& path) {
  return program.find('/') == std::string::npos ? fault_on_path(program, folder, path)
                                                : fault_of_path(program, folder);
}

std::vector<Notice> missing_programs(const Application& application, const Variables& own_environment) {
  std::vector<Notice> missing;
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      const auto program = program_of(version.run_command);
      if (!program) continue;
      const std::string fault = fault_of_program(*program, version.folder, path_of(version, own_environment));
      if (fault.empty()) continue;
      missing.push_back({.file = version.service_file,
                         .line = version.run_command_line,
                         .message = to_string(version) + " cannot be started: " + fault});
    }
  }
  return missing;
}

}  // namespace exo

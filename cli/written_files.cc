#include "cli/written_files.h"

#include <system_error>

#include "base/shell_word.h"
#include "cli/verb.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

// The shorter of the two ways to say where something is.
std::string seen_from_here(const fs::path& path) {
  std::error_code failure;
  const std::string relative = path.lexically_relative(fs::current_path(failure)).string();
  return failure || relative.empty() || relative.size() > path.string().size() ? path.string() : relative;
}

}  // namespace

int print_written(const WrittenFiles& files, const std::string& next) {
  std::string text;
  for (const std::string& name : files.made) text += "made     " + seen_from_here(files.folder / name) + "\n";
  for (const std::string& name : files.changed)
    text += "changed  " + seen_from_here(files.folder / name) + "\n";
  for (const std::string& name : files.kept) text += "is there " + seen_from_here(files.folder / name) + "\n";
  return print(text + next + "\n") ? kExitDone : report_unwritten();
}

std::string go_to(const fs::path& folder) {
  const std::string place = seen_from_here(folder);
  return place == "." ? "" : "cd " + shell_word(place) + " && ";
}

}  // namespace exo

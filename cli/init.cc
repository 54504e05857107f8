#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "cli/verb.h"
#include "cli/written_files.h"
#include "services/skeleton.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

int init(const std::string& folder) {
  std::error_code failure;
  fs::path path = fs::weakly_canonical(fs::absolute(folder.empty() ? "." : folder, failure), failure);
  if (failure)
    return report(Error{"usage", "'" + folder + "' is no folder that can be made: " + failure.message()});
  const auto made = make_application(path);
  if (!made) return report(made.error());
  return print_written(made.value(), "next: " + go_to(path) + "exo add greeter --lang js");
}

}  // namespace

void add_init(CLI::App& exo, int& exit_code) {
  const auto folder = std::make_shared<std::string>();
  CLI::App* verb = exo.add_subcommand("init", "Makes a new application, to which `exo add` adds services");
  verb->add_option("FOLDER", *folder,
                   "Where; it is made if need be, and names the application (default: here)");
  verb->footer("Example:\n  exo init shop\n  cd shop\n  exo add greeter --lang js\n  exo run");
  verb->callback([folder, &exit_code] { exit_code = init(*folder); });
}

}  // namespace exo

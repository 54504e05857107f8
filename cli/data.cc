#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/byte_size.h"
#include "base/unix_user.h"
#include "cli/verb.h"
#include "host/data_folders.h"
#include "host/data_removal.h"

namespace exo {
namespace {

struct DataOptions {
  ApplicationOptions application;
  std::string folder;
  std::string reason;
  bool force = false;
  bool json = false;
};

int list(const DataOptions& options) {
  const auto state = find_state(options.application);
  if (!state) return report(state.error());
  const auto found = find_data(state.value());
  if (!found) return report(found.error());
  if (!found.value().application_fault.empty())
    note("whose data it is is not known: " + found.value().application_fault);
  if (options.json) {
    std::string lines;
    for (const DataFolder& folder : found.value().folders) lines += to_json_line(folder);
    return exit_after(print(lines));
  }
  const std::string table = to_table(found.value());
  return exit_after(
      print(table.empty() ? "no service has kept data in " + state.value().environment() + " yet\n" : table));
}

int remove(const DataOptions& options) {
  const auto state = find_state(options.application);
  if (!state) return report(state.error());
  const auto removed = remove_data(state.value(), {.name = options.folder,
                                                   .reason = options.reason,
                                                   .who = user_name(::geteuid()),
                                                   .is_forced = options.force});
  if (!removed) return report(removed.error());
  const DataFolder& folder = removed.value();
  return exit_after(print(options.json
                              ? to_json_line(folder)
                              : "removed " + folder.path.string() + ": " + std::to_string(folder.files) +
                                    (folder.files == 1 ? " file, " : " files, ") +
                                    bytes_for_people(folder.bytes) + "\n"));
}

}  // namespace

void add_data(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<DataOptions>();
  CLI::App* verb = exo.add_subcommand("data", "What the services keep, and who keeps it there");
  verb->require_subcommand(1);
  verb->footer(
      "Example:\n  exo data list --application examples/todo-app\n"
      "  exo data rm todo-search-0.0.2 --reason 'filled anew' --force --application examples/todo-app");
  CLI::App* listed = verb->add_subcommand("list", "Prints a line for each folder of data");
  add_named_application_options(*listed, options->application);
  listed->add_flag("--json", options->json, "Print a JSON object a line for each");
  listed->footer("Example:\n  exo data list --application examples/todo-app");
  listed->callback([options, &exit_code] { exit_code = list(*options); });
  CLI::App* removed = verb->add_subcommand(
      "rm", "Removes one for good, while nothing runs that could have it; the ledger keeps who and why");
  removed->add_option("DATA", options->folder, "Its name: todo of a role, todo-search-0.0.1 of a version")
      ->type_name("")
      ->required();
  add_reason_option(*removed, options->reason, "Why, for those who read the history");
  removed->add_flag("--force", options->force,
                    "Also where a version of the application keeps its data there");
  add_named_application_options(*removed, options->application);
  removed->add_flag("--json", options->json, "Print what is removed as a JSON object");
  removed->footer(
      "Example:\n  exo data rm todo-search-0.0.2 --reason 'filled anew' --force --application "
      "examples/todo-app");
  removed->callback([options, &exit_code] { exit_code = remove(*options); });
}

}  // namespace exo

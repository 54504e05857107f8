#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/semantic_version.h"
#include "bus/wire/header.h"
#include "cli/verb.h"
#include "host/bus_watch.h"
#include "host/signals.h"
#include "host/state_folder.h"
#include "host/tap_doubts.h"
#include "host/tapped_message.h"
#include "services/application.h"

namespace exo {
namespace {

struct TapOptions {
  ApplicationOptions application;
  BusOptions bus;
  TapWish wish;
  bool payloads = false;
  bool json = false;
};

std::string left_out_line(const TapOptions& options, std::uint64_t count) {
  const std::string number = std::to_string(count);
  if (options.json) return "{\"left_out\":" + number + "}\n";
  return "… " + number + " messages are left out here: they came faster than they were shown\n";
}

// False when it could not be written.
bool print_tapped(const TapOptions& options, const Value::List& messages, std::uint64_t left_out) {
  const std::size_t width = columns_of_output();
  std::string text;
  for (const Value& message : messages) {
    text += options.json ? tapped_to_json_line(message) : tapped_to_lines(message, width);
  }
  // What came last is what was left out.
  if (left_out > 0) text += left_out_line(options, left_out);
  return text.empty() || print(text);
}

Result<void> check_wish(const TapWish& wish) {
  if (wish.activity.size() > kIdLimitBytes) {
    return Error{"usage", "--activity: an activity's id has at most " + std::to_string(kIdLimitBytes) +
                              " characters; exo tap shows the ids of those that flow"};
  }
  if (wish.version.empty() || parse_semantic_version(wish.version)) return {};
  return Error{"usage", "--version " + wish.version + ": expected one version such as 0.0.1"};
}

void begun() {
  note("this shows what goes over the bus from now on; Ctrl-C ends it");
}

// Of the bus elsewhere, or of the application here.
Result<void> tap(const TapOptions& options, const TakeTapped& take) {
  const auto elsewhere = find_remote_bus(options.bus, options.application);
  if (!elsewhere) return elsewhere.error();
  if (elsewhere.value()) return exo::tap(*elsewhere.value(), options.wish, begun, take);
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return state.error();
  const LoadedApplication loaded = load_application(application.value().string());
  if (loaded.application) {
    for (const std::string& doubt : doubts_about(options.wish, *loaded.application)) note(doubt);
  }
  return exo::tap(state.value(), options.wish, begun, take);
}

int tap(TapOptions options) {
  if (const auto checked = check_wish(options.wish); !checked) return report(checked.error());
  if (options.payloads) options.wish.payloads = TapWish::Payloads::kShown;
  block_signals();
  bool written = true;
  const auto tapped = tap(options, [&](const Value::List& messages, std::uint64_t left_out) {
    return written = print_tapped(options, messages, left_out);
  });
  if (!written) return report_unwritten();
  return tapped ? kExitDone : report(tapped.error());
}

}  // namespace

void add_tap(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<TapOptions>();
  CLI::App* verb = exo.add_subcommand("tap", "Shows messages as they go over the bus, until Ctrl-C");
  add_named_application_options(*verb, options->application);
  add_bus_options(*verb, options->bus);
  verb->add_option("--role", options->wish.role, "Only what this role sends or receives")
      ->type_name("SERVICE");
  verb->add_option("--name", options->wish.name,
                   "Only messages of this name, public or the receiver's own; todo.* is all that begin so")
      ->type_name("MESSAGE");
  verb->add_option("--activity", options->wish.activity, "Only this activity")->type_name("ID");
  verb->add_option("--version", options->wish.version,
                   "Only what this version sends or receives; with --role, of that role")
      ->type_name("PIN");
  verb->add_flag("--payload", options->payloads, "Show payloads, too: as JSON where they can be");
  verb->add_flag("--json", options->json, "Print a JSON object a line");
  verb->footer(
      "A tap that is too slow misses messages, and says how many; the bus does not wait for it.\n"
      "Example:\n  exo tap --application examples/todo-app\n"
      "  exo tap --role todo --name 'todo.*' --payload --application examples/todo-app");
  verb->callback([options, &exit_code] { exit_code = tap(*options); });
}

}  // namespace exo

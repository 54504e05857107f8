#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "bus/wire/curve_keys.h"
#include "cli/verb.h"
#include "host/bus_keys.h"

namespace exo {
namespace {

struct KeyOptions {
  ApplicationOptions application;
  std::string name;
  std::string public_key;
  std::string output;
};

// The state in which the keys are, and those that are listed.
struct KeyList {
  StateFolder state;
  std::vector<OperatorKey> keys;
};

Result<KeyList> load_list(const KeyOptions& options) {
  const auto application = find_application(options.application);
  if (!application) return application.error();
  auto state = find_environment(application.value(), options.application.environment);
  if (!state) return state.error();
  auto keys = read_operator_keys(state.value());
  if (!keys) return keys.error();
  return KeyList{.state = std::move(state).value(), .keys = std::move(keys).value()};
}

Result<void> check_name(const std::string& name) {
  if (is_operator_name(name)) return {};
  return Error{"usage",
               in_quotes(name) + " is no name of a person; it is letters, digits, '-', '_', '.' and '@'"};
}

Result<void> add_to(KeyList& list, const std::string& name, const std::string& public_key) {
  for (const OperatorKey& key : list.keys) {
    if (key.public_key == public_key) return Error{"usage", "that key is listed already, for " + key.who};
  }
  list.keys.push_back({.who = name, .public_key = public_key});
  return write_operator_keys(list.state, list.keys);
}

// Where nothing else is said they stay out of the working tree, where git would see them.
Result<std::string> file_for_keys(const KeyOptions& options, const StateFolder& state) {
  if (!options.output.empty()) return options.output;
  const std::filesystem::path folder = peoples_keys_folder(state);
  if (const auto made = make_folder(folder.string()); !made) return made.error();
  return (folder / (options.name + ".keys")).string();
}

// The secret leaves this function in a file of its owner's alone.
Result<std::string> new_key(const KeyOptions& options) {
  if (const auto named = check_name(options.name); !named) return named.error();
  auto list = load_list(options);
  if (!list) return list.error();
  const auto bus = read_bus_keys(list.value().state);
  if (!bus) return bus.error();
  const auto place = file_for_keys(options, list.value().state);
  if (!place) return place.error();
  const std::string& file = place.value();
  std::error_code failure;
  if (std::filesystem::exists(file, failure))
    return Error{"usage", file + " is there already; name another file: --output FILE"};
  const CurveIdentity identity{.server_key = bus.value().public_key, .own = make_curve_keys()};
  if (const auto written = write_file_atomically(file, format(identity)); !written) return written.error();
  if (const auto added = add_to(list.value(), options.name, identity.own.public_key); !added)
    return added.error();
  return "the keys of " + options.name + " are in " + file +
         "; move it to them in secret, and there: exo status --bus tcp://HOST:PORT --key FILE\n";
}

Result<std::string> add_key_of_somebody(const KeyOptions& options) {
  if (const auto named = check_name(options.name); !named) return named.error();
  if (!is_curve_key(options.public_key))
    return Error{"usage", in_quotes(options.public_key) + " is no public key, which is 40 characters"};
  auto list = load_list(options);
  if (!list) return list.error();
  const auto bus = read_bus_keys(list.value().state);
  if (!bus) return bus.error();
  if (const auto added = add_to(list.value(), options.name, options.public_key); !added) return added.error();
  return options.name + " is listed; their file of keys needs the line: server " + bus.value().public_key +
         "\n";
}

Result<std::string> list_keys(const KeyOptions& options) {
  const auto list = load_list(options);
  if (!list) return list.error();
  std::string text;
  for (const OperatorKey& key : list.value().keys) text += key.who + " " + key.public_key + "\n";
  return text.empty() ? "nobody is listed\n" : text;
}

Result<std::string> remove_keys(const KeyOptions& options) {
  auto list = load_list(options);
  if (!list) return list.error();
  std::vector<OperatorKey>& keys = list.value().keys;
  const std::size_t before = keys.size();
  std::erase_if(keys, [&](const OperatorKey& key) {
    return key.who == options.name || key.public_key == options.name;
  });
  if (keys.size() == before)
    return Error{"absent", "no key of " + in_quotes(options.name) + " is listed; look with: exo key list"};
  if (const auto written = write_operator_keys(list.value().state, keys); !written) return written.error();
  return "removed " + std::to_string(before - keys.size()) + (before - keys.size() == 1 ? " key" : " keys") +
         " of " + options.name + "; a running host has cut them off within a second\n";
}

using Deed = Result<std::string> (*)(const KeyOptions&);

int carry_out(Deed deed, const KeyOptions& options) {
  const auto text = deed(options);
  if (!text) return report(text.error());
  return print(text.value()) ? kExitDone : report_unwritten();
}

CLI::App* add_deed(CLI::App& verb, const char* name, const char* description, Deed deed,
                   const std::shared_ptr<KeyOptions>& options, int& exit_code) {
  CLI::App* sub = verb.add_subcommand(name, description);
  add_named_application_options(*sub, options->application);
  sub->callback([deed, options, &exit_code] { exit_code = carry_out(deed, *options); });
  return sub;
}

}  // namespace

void add_key(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<KeyOptions>();
  CLI::App* verb =
      exo.add_subcommand("key", "Whose keys come in where the bus listens over TCP (exo run --listen)");
  verb->require_subcommand(1);
  CLI::App* made =
      add_deed(*verb, "new", "Makes keys for somebody, lists the public one and writes both to a file",
               new_key, options, exit_code);
  made->add_option("NAME", options->name, "Whose they are, as the host's log names them")
      ->type_name("")
      ->required();
  made->add_option("--output", options->output, "The file (default: keys/NAME.keys in the state folder)")
      ->type_name("FILE");
  made->footer("Example:\n  exo key new anna --application examples/todo-app");
  CLI::App* added = add_deed(*verb, "add", "Lists the public key of somebody who has made their own",
                             add_key_of_somebody, options, exit_code);
  added->add_option("NAME", options->name, "Whose it is")->type_name("")->required();
  added->add_option("KEY", options->public_key, "40 characters of Z85")->type_name("")->required();
  added->footer(
      "Example:\n  exo key add bert 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' --application "
      "examples/todo-app");
  CLI::App* listed =
      add_deed(*verb, "list", "Prints a line for each: name and public key", list_keys, options, exit_code);
  listed->footer("Example:\n  exo key list --application examples/todo-app");
  CLI::App* removed = add_deed(*verb, "remove", "Takes keys off the list: who has joined with one is cut off",
                               remove_keys, options, exit_code);
  removed->add_option("NAME", options->name, "Whose keys, or one public key")->type_name("")->required();
  removed->footer("Example:\n  exo key remove anna --application examples/todo-app");
  verb->footer(
      "Example:\n  exo key new anna --application examples/todo-app\n  exo key list --application "
      "examples/todo-app");
}

}  // namespace exo

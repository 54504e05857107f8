#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "base/build_info.h"
#include "base/nearest_word.h"
#include "cli/verb.h"

namespace {

// CLI11 reports a wrong verb as an unexpected argument; people are better served by the nearest right word.
std::string hint_for(const CLI::App& command, const std::string& word) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : command.get_subcommands([](const CLI::App*) { return true; })) {
    verbs.push_back(verb->get_name());
  }
  const std::string nearest = exo::nearest_word(word, verbs);
  if (!nearest.empty()) return "did you mean 'exo " + nearest + "'?";
  std::string all;
  for (const std::string& verb : verbs) all += (all.empty() ? "" : ", ") + verb;
  return "the verbs are: " + all;
}

int report_usage(const CLI::App& command, const CLI::ParseError& error,
                 const std::vector<std::string>& words) {
  const bool wrong_verb =
      command.get_subcommands().empty() && !words.empty() && words.front().rfind('-', 0) != 0;
  if (wrong_verb) {
    std::cerr << "exo: there is no verb '" << words.front() << "'; " << hint_for(command, words.front())
              << "\n";
    return exo::kExitUsage;
  }
  const auto verbs = command.get_subcommands();
  const std::string help = verbs.empty() ? "exo --help" : "exo " + verbs.front()->get_name() + " --help";
  std::cerr << "exo: " << error.what() << "; see: " << help << "\n";
  return exo::kExitUsage;
}

int run(int argc, char** argv) {
  CLI::App command{
      "Runs a fleet of services on a message bus, every version beside every other, and brings new versions "
      "in\n"
      "by their deployment scripts.",
      "exo"};
  command.footer("Example:\n  exo run examples/todo-app");
  command.set_version_flag("--version", exo::version_text());
  command.require_subcommand(1);
  int exit_code = exo::kExitDone;
  exo::add_run(command, exit_code);
  exo::add_status(command, exit_code);
  exo::add_history(command, exit_code);
  exo::add_check(command, exit_code);
  exo::add_doctor(command, exit_code);
  exo::add_doctor(command, exit_code);
  exo::add_logs(command, exit_code);
  exo::add_send(command, exit_code);
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    std::cerr << command.help();
    return exo::kExitUsage;
  }
  try {
    command.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return command.exit(help);
  } catch (const CLI::ParseError& error) {
    return report_usage(command, error, words);
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write() like any other
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exo: the environment is broken: %s\n", error.what());
    return exo::kExitFailed;
  }
}

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "base/build_info.h"
#include "cli/completion.h"
#include "cli/usage.h"
#include "cli/verb.h"

namespace {

// "help VERB" is "VERB --help". In the order in which CLI11 takes a list of words: the last one first.
std::vector<std::string> as_options(std::vector<std::string> words) {
  if (words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  std::reverse(words.begin(), words.end());
  return words;
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
  exo::add_host(command, exit_code);
  exo::add_stop(command, exit_code);
  exo::add_service(command, exit_code);
  exo::add_status(command, exit_code);
  exo::add_history(command, exit_code);
  exo::add_report(command, exit_code);
  exo::add_check(command, exit_code);
  exo::add_doctor(command, exit_code);
  exo::add_logs(command, exit_code);
  exo::add_plan(command, exit_code);
  exo::add_script(command, exit_code);
  exo::add_baseline(command, exit_code);
  exo::add_build(command, exit_code);
  exo::add_artifact(command, exit_code);
  exo::add_data(command, exit_code);
  exo::add_test(command, exit_code);
  exo::add_send(command, exit_code);
  exo::add_tap(command, exit_code);
  exo::add_trace(command, exit_code);
  exo::add_init(command, exit_code);
  exo::add_add(command, exit_code);
  exo::add_key(command, exit_code);
  exo::add_ledger(command, exit_code);
  exo::add_completion(command, exit_code);
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    std::cerr << command.help();
    return exo::kExitUsage;
  }
  if (words.front() == exo::kCompleteFlag)
    return exo::print_candidates(command, {words.begin() + 1, words.end()});
  try {
    command.parse(as_options(words));
  } catch (const CLI::Success& help) {
    return command.exit(help);
  } catch (const CLI::ParseError& error) {
    std::cerr << "exo: " << exo::usage_error(command, error, words) << "\n";
    return exo::kExitUsage;
  }
  return exit_code;
}

// What the system refuses wherever it is asked for, so that no single place could say what to do.
const char* what_to_do_about(const std::error_code& refusal) {
  if (refusal == std::errc::too_many_files_open || refusal == std::errc::too_many_files_open_in_system) {
    return "; raise the limit before exo is started: ulimit -n 4096 (exo doctor tells how many are needed)";
  }
  if (refusal == std::errc::not_enough_memory || refusal == std::errc::resource_unavailable_try_again) {
    return "; end other programs, or raise the limits on memory and processes (exo doctor tells of them)";
  }
  return "; exo doctor tells what this machine lacks";
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write() like any other
  std::signal(SIGXFSZ, SIG_IGN);  // and so is a file that may not grow
  try {
    return run(argc, argv);
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "exo: %s%s\n", error.what(), what_to_do_about(error.code()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exo: the environment is broken: %s\n", error.what());
  }
  return exo::kExitFailed;
}

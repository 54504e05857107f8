#include <sys/mman.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/files.h"
#include "base/unique_fd.h"
#include "cli/report_files.h"
#include "cli/verb.h"
#include "host/junit_report.h"
#include "host/launcher.h"
#include "host/spec_plan.h"
#include "host/state_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRunner = "specs/bin/exo-specs.js";
constexpr const char* kCucumber = "node_modules/@cucumber/cucumber/package.json";
// No environment is called so, for the dot.
constexpr const char* kLogsOfFailures = "test.logs";

struct TestOptions {
  ApplicationOptions application;
  std::vector<std::string> wanted;
  std::string scenario;
  ReportFiles reports;
  bool keep = false;
};

std::string absolute(const std::string& file) {
  return file.empty() ? "" : fs::absolute(file).string();
}

Result<std::string> plan(const TestOptions& options) {
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = StateFolder::of(application.value(), options.application.environment);
  if (!state) return state.error();
  std::error_code failure;
  return plan_specs({.application = application.value(),
                     .program = fs::read_symlink("/proc/self/exe", failure),
                     .logs = state.value().path().parent_path() / kLogsOfFailures,
                     .wanted = options.wanted,
                     .scenario = options.scenario,
                     .junit = absolute(options.reports.junit),
                     .json = absolute(options.reports.json),
                     .keep = options.keep});
}

Result<std::string> find_runner() {
  const auto installation = find_installation();
  if (!installation) return installation.error();
  const fs::path& root = installation.value().root;
  std::error_code failure;
  if (fs::exists(root / kCucumber, failure)) return (root / kRunner).string();
  return Error{"absent",
               "the npm packages of exo are not in " + root.string() + "; install them: bin/setup there"};
}

// In memory, for whoever runs next in this process.
Result<UniqueFd> file_of(const std::string& text) {
  UniqueFd file(::memfd_create("exo-test-plan", 0));
  if (!file) return file_error("make", "a file in memory", errno);
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file.get(), text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("write", "a file in memory", errno);
    written += static_cast<std::size_t>(count);
  }
  return file;
}

Result<void> report_refusal(const TestOptions& options, const Error& refusal) {
  const auto& [junit, json] = options.reports;
  if (!junit.empty()) {
    const auto folder = find_application(options.application);
    const ReportSubject subject{
        .application = folder ? name_of_application(folder.value()) : "exo",
        .environment = "test",
        .run = RunEnd{.command = "exo test", .exit_code = kExitFailed, .reason = refusal.message}};
    if (const auto written = write_report(junit, report_as_junit({}, subject)); !written) return written;
  }
  return json.empty() ? Result<void>() : write_report(json, refusal_as_json(refusal));
}

// A machine that reads the reports must not take the ones of the last time for this time's.
int refuse(const TestOptions& options, const Error& refusal) {
  const auto reported = report_refusal(options, refusal);
  if (!reported) report(reported.error());
  return report(refusal);
}

// This process becomes the one that runs them, so that signals and the exit code are its own.
int test(const TestOptions& options) {
  if (const auto fit = check_report_files(options.reports); !fit) return report(fit.error());
  const auto planned = plan(options);
  if (!planned) return refuse(options, planned.error());
  auto runner = find_runner();
  if (!runner) return refuse(options, runner.error());
  const auto file = file_of(planned.value());
  if (!file) return refuse(options, file.error());
  std::string name = "/proc/self/fd/" + std::to_string(file.value().get());
  std::string node = "node";
  std::array<char*, 4> words{node.data(), runner.value().data(), name.data(), nullptr};
  ::execvp(node.c_str(), words.data());
  return refuse(options,
                Error{"absent", std::string("cannot start node, which runs specs: ") + std::strerror(errno) +
                                    "; install Node 18 or newer, or put it on the PATH"});
}

}  // namespace

void add_test(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<TestOptions>();
  CLI::App* verb = exo.add_subcommand(
      "test", "Runs the specs beside the deployment scripts, each scenario in an environment of its own");
  verb->add_option("VERSION", options->wanted, "Those of a role, or of ROLE@VERSION (default: all)")
      ->type_name("");
  add_folder_option(*verb, options->application);
  verb->add_option("--name", options->scenario, "Only scenarios whose name holds this")->type_name("TEXT");
  verb->add_flag("--keep", options->keep,
                 "Keep the environment of a scenario that fails, and say where it is");
  verb->add_option("--junit", options->reports.junit, "Write a report in the format of JUnit")
      ->type_name("FILE");
  verb->add_option("--json", options->reports.json, "Write a report in the format of Cucumber's JSON")
      ->type_name("FILE");
  verb->footer(
      "Exits with 1 when a scenario has failed.\n"
      "Example:\n  exo test --application examples/todo-app\n"
      "  exo test todo-search@0.0.1 --application examples/todo-app");
  verb->callback([options, &exit_code] { exit_code = test(*options); });
}

}  // namespace exo

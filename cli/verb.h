// What the verbs of the command line share: where the application is, and how a failure ends.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "host/host_line.h"
#include "host/state_folder.h"

namespace CLI {
class App;
}

namespace exo {

// Exit codes that scripts may rely on.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

// The options that every verb about an application takes.
struct ApplicationOptions {
  std::string
      folder;  // as typed; empty: the working directory or the nearest folder above with an application.yml
  std::string environment = "local";
};

// Adds `[APPLICATION]` and `-e/--environment` to a verb; `options` must outlive the parsing.
void add_application_options(CLI::App& verb, ApplicationOptions& options);
// The same for verbs whose words are something else: `--application FOLDER` and `-e/--environment`.
void add_named_application_options(CLI::App& verb, ApplicationOptions& options);
// `--application FOLDER` alone, for verbs that look at no environment.
void add_folder_option(CLI::App& verb, ApplicationOptions& options);

// The application's folder, absolute. Error `absent` says where it was looked for and what to type.
Result<std::filesystem::path> find_application(const ApplicationOptions& options);

// What verbs about a host elsewhere take.
struct BusOptions {
  std::string endpoint;  // --bus
  std::string keys;      // --key
};
void add_bus_options(CLI::App& verb, BusOptions& options);
// The bus that --bus and --key name, or EXO_BUS and EXO_CURVE_FILE where no application is named and this is
// no process of a service; null: the application is on this machine. Errors `usage`, and of the file of keys.
Result<std::optional<RemoteBus>> find_remote_bus(const BusOptions& options,
                                                 const ApplicationOptions& application);

// Prints "exo: <message>" to standard error and returns the exit code that the error's code means.
int report(const Error& error);

// The state of the environment that the options name, for a verb that only looks. Error `absent` where
// nothing has ever run in it but something has in others: the name is misspelled then.
Result<StateFolder> find_environment(const std::filesystem::path& application,
                                     const std::string& environment);

// Both: that of the folder and the environment which the options name.
Result<StateFolder> find_state(const ApplicationOptions& options);

// Prints "exo: <text>" to standard error: what a person should know beside what was asked for.
void note(const std::string& text);

// Adds --reason, which must be given and say something.
void add_reason_option(CLI::App& verb, std::string& reason, const std::string& description);

// How many characters a line of standard output has room for; 0 where it is no terminal.
std::size_t columns_of_output();

// Writes text to standard output, all of it. False when it could not be written: the reader has gone, or the
// disk is full; report_unwritten() then says so.
bool print(const std::string& text);
int report_unwritten();
// The exit code of a verb that has printed, or has found that it could not.
int exit_after(bool is_printed);

// One function per verb: declares it, and sets `exit_code` when the verb was typed and has run.
void add_run(CLI::App& exo, int& exit_code);
void add_host(CLI::App& exo, int& exit_code);
void add_stop(CLI::App& exo, int& exit_code);
void add_service(CLI::App& exo, int& exit_code);
void add_status(CLI::App& exo, int& exit_code);
void add_history(CLI::App& exo, int& exit_code);
void add_report(CLI::App& exo, int& exit_code);
void add_check(CLI::App& exo, int& exit_code);
void add_doctor(CLI::App& exo, int& exit_code);
void add_logs(CLI::App& exo, int& exit_code);
void add_plan(CLI::App& exo, int& exit_code);
void add_build(CLI::App& exo, int& exit_code);
void add_artifact(CLI::App& exo, int& exit_code);  // list, show, verify
void add_data(CLI::App& exo, int& exit_code);      // list, rm
void add_baseline(CLI::App& exo, int& exit_code);
void add_send(CLI::App& exo, int& exit_code);
void add_tap(CLI::App& exo, int& exit_code);
void add_trace(CLI::App& exo, int& exit_code);
void add_init(CLI::App& exo, int& exit_code);
void add_add(CLI::App& exo, int& exit_code);
void add_key(CLI::App& exo, int& exit_code);
void add_script(CLI::App& exo, int& exit_code);  // with its own verbs: cli/script.h
void add_ledger(CLI::App& exo, int& exit_code);
void add_test(CLI::App& exo, int& exit_code);
void add_completion(CLI::App& exo, int& exit_code);

}  // namespace exo

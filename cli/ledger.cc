#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/file_writer.h"
#include "base/text.h"
#include "cli/verb.h"
#include "host/ledger_recovery.h"
#include "host/ledger_report.h"

namespace exo {
namespace {

struct LedgerOptions {
  ApplicationOptions application;
  std::string file;
  std::string against;
  std::string reason;
  bool json = false;
  bool begin_anew = false;
};

constexpr const char* kStandardOutput = "-";

int verify(const LedgerOptions& options) {
  const auto state = find_state(options.application);
  if (!state) return report(state.error());
  const auto whole = verify_ledger(state.value(), options.against);
  if (options.json && !print(to_json(whole, state.value()) + "\n")) return report_unwritten();
  if (!whole) return report({whole.error().code, whole.error().code + ": " + whole.error().message});
  return options.json ? kExitDone : exit_after(print(to_text(whole.value(), state.value())));
}

Result<void> export_to_output(const StateFolder& state) {
  return export_ledger(state, [](std::string_view line) {
    return print(std::string(line)) ? Result<void>() : Result<void>(Error{"unwritten", ""});
  });
}

Result<void> export_to_file(const StateFolder& state, const std::string& name) {
  auto file = FileWriter::begin(name);
  if (!file) return file.error();
  const auto exported =
      export_ledger(state, [&file](std::string_view line) { return file.value().write(line); });
  return exported ? file.value().keep() : exported;
}

int export_all(const LedgerOptions& options) {
  const auto state = find_state(options.application);
  if (!state) return report(state.error());
  const bool to_output = options.file == kStandardOutput;
  const auto exported =
      to_output ? export_to_output(state.value()) : export_to_file(state.value(), options.file);
  if (exported) return kExitDone;
  return exported.error().code == "unwritten" ? report_unwritten() : report(exported.error());
}

int make_checkpoint(const LedgerOptions& options) {
  const auto state = find_state(options.application);
  if (!state) return report(state.error());
  const auto checkpoint = checkpoint_ledger(state.value());
  if (!checkpoint) return report(checkpoint.error());
  const std::string text = encode_checkpoint(checkpoint.value());
  if (options.file == kStandardOutput) return exit_after(print(text));
  auto file = FileWriter::begin(options.file);
  if (!file) return report(file.error());
  if (const auto put = file.value().write(text); !put) return report(put.error());
  const auto kept = file.value().keep();
  return kept ? kExitDone : report(kept.error());
}

int repair(const LedgerOptions& options) {
  const auto state = find_state(options.application);
  if (!state) return report(state.error());
  const auto recovered = recover_ledger(
      state.value(), {.reason = options.reason, .from = options.file, .begins_anew = options.begin_anew});
  if (!recovered) return report(recovered.error());
  const std::string text = options.json ? to_json(recovered.value(), state.value()) + "\n"
                                        : to_text(recovered.value(), state.value());
  return exit_after(print(text));
}

using Deed = int (*)(const LedgerOptions&);

CLI::App* add_deed(CLI::App& verb, const char* name, const char* description, Deed deed,
                   const std::shared_ptr<LedgerOptions>& options, int& exit_code) {
  CLI::App* sub = verb.add_subcommand(name, description);
  add_named_application_options(*sub, options->application);
  sub->callback([deed, options, &exit_code] { exit_code = deed(*options); });
  return sub;
}

void add_file(CLI::App& deed, LedgerOptions& options) {
  deed.add_option("FILE", options.file, "A file that is not there yet; - is standard output")
      ->type_name("")
      ->required();
}

void add_verify(CLI::App& verb, const std::shared_ptr<LedgerOptions>& options, int& exit_code) {
  CLI::App* deed = add_deed(verb, "verify", "Checks all that the ledger holds, and names what is wrong",
                            verify, options, exit_code);
  deed->add_option("--against", options->against,
                   "What exo ledger checkpoint or export has written: is all of that still there?")
      ->type_name("FILE");
  deed->add_flag("--json", options->json, "Print one JSON object");
  deed->footer("Example:\n  exo ledger verify --application examples/todo-app");
}

void add_repair(CLI::App& verb, const std::shared_ptr<LedgerOptions>& options, int& exit_code) {
  CLI::App* deed = add_deed(
      verb, "repair", "Begins a ledger that is refused anew with what is whole of it; the old files are kept",
      repair, options, exit_code);
  add_reason_option(*deed, options->reason, "Why, for those who read the ledger later");
  deed->add_option("--from", options->file,
                   "An export, or a folder with a copy of the ledger's files, to go on from where it holds "
                   "more than the ledger")
      ->type_name("FILE");
  deed->add_flag("--begin-anew", options->begin_anew,
                 "Also where nothing is whole: forget all that has run, so that every deployment script runs "
                 "again");
  deed->add_flag("--json", options->json, "Print one JSON object");
  deed->footer(
      "Example:\n  exo ledger repair --reason 'the disk was changed' --application examples/todo-app");
}

}  // namespace

void add_ledger(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<LedgerOptions>();
  CLI::App* verb = exo.add_subcommand(
      "ledger", "Checks what exo remembers, keeps it elsewhere, and leads out where it is refused");
  verb->require_subcommand(1);
  add_verify(*verb, options, exit_code);
  CLI::App* exported = add_deed(*verb, "export", "Writes every event with its hash, a JSON object a line",
                                export_all, options, exit_code);
  add_file(*exported, *options);
  exported->footer("Example:\n  exo ledger export ledger.jsonl --application examples/todo-app");
  CLI::App* noted =
      add_deed(*verb, "checkpoint",
               "Notes where the ledger ends, to be kept elsewhere for exo ledger verify --against",
               make_checkpoint, options, exit_code);
  add_file(*noted, *options);
  noted->footer("Example:\n  exo ledger checkpoint ledger.checkpoint --application examples/todo-app");
  add_repair(*verb, options, exit_code);
  verb->footer(
      "Example:\n  exo ledger verify --application examples/todo-app\n"
      "  exo ledger export - --application examples/todo-app\n"
      "  exo ledger checkpoint - --application examples/todo-app");
}

}  // namespace exo

#include "cli/decided.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "base/unix_user.h"
#include "host/history_line.h"

namespace exo {
namespace {

DecisionOutcome record(const DecisionOptions& options, const std::vector<Decision>& decisions) {
  const auto elsewhere = find_remote_bus(options.bus, options.application);
  if (!elsewhere) return {.outcome = elsewhere.error()};
  if (elsewhere.value()) return record_decisions(*elsewhere.value(), decisions);
  const auto application = find_application(options.application);
  if (!application) return {.outcome = application.error()};
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return {.outcome = state.error()};
  return record_decisions(state.value(), decisions);
}

bool show(const DecisionOptions& options, const DecisionOutcome& outcome) {
  const std::size_t columns = columns_of_output();
  bool written = true;
  for (const std::string& line : outcome.lines) {
    written = written && print(options.json ? line + "\n" : history_lines_for_people(line, columns));
  }
  if (!outcome.lines.empty() && !outcome.by_host) {
    note("no host runs in " + options.application.environment + "; the next exo run goes on from there");
  }
  return written;
}

}  // namespace

Result<VersionKey> named_script(const std::string& text) {
  const std::size_t at = text.rfind('@');
  if (at != std::string::npos && at > 0 && at + 1 < text.size()) {
    return VersionKey{text.substr(0, at), text.substr(at + 1)};
  }
  return Error{"usage", in_quotes(text) + " names no version; write ROLE@VERSION, such as todo-search@0.0.1"};
}

void add_decision_options(CLI::App& verb, DecisionOptions& options) {
  add_reason_option(verb, options.reason, "Why, for those who read the history");
  add_named_application_options(verb, options.application);
  add_bus_options(verb, options.bus);
  verb.add_flag("--json", options.json, "Print what is recorded as a JSON object a line");
}

int take_decisions(const DecisionOptions& options, std::vector<Decision> decisions) {
  for (Decision& decision : decisions) {
    decision.reason = options.reason;
    decision.who = user_name(::geteuid());
  }
  const DecisionOutcome outcome = record(options, decisions);
  const bool written = show(options, outcome);
  if (!outcome.outcome) return report(outcome.outcome.error());
  return written ? kExitDone : report_unwritten();
}

}  // namespace exo

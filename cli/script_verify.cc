#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/unix_user.h"
#include "cli/decided.h"
#include "cli/script.h"
#include "cli/verb.h"
#include "host/script_verification.h"

namespace exo {
namespace {

struct VerifyOptions {
  DecisionOptions decision;
  std::string version;
};

Result<VerificationOutcome> find_out(const DecisionOptions& options, const Decision& wanted) {
  const auto elsewhere = find_remote_bus(options.bus, options.application);
  if (!elsewhere) return elsewhere.error();
  if (elsewhere.value()) return verify_script(*elsewhere.value(), wanted);
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return state.error();
  return verify_script(state.value(), wanted);
}

Error why_it_does_not_hold(const VersionKey& version, const VerificationOutcome& outcome) {
  const std::string name = to_text(version);
  if (outcome.found_out())
    return {"failed", name + ": what its script did is not found to be there: " + outcome.reason};
  return {"failed",
          name + ": nobody knows whether what its script did is there; its verification ended early: " +
              outcome.reason + "; to have it look again: exo script verify " + name};
}

int verify(const VerifyOptions& options) {
  const auto version = named_script(options.version);
  if (!version) return report(version.error());
  const auto outcome = find_out(options.decision, {.verb = DecisionVerb::kVerify,
                                                   .version = version.value(),
                                                   .reason = options.decision.reason,
                                                   .who = user_name(::geteuid())});
  if (!outcome) return report(outcome.error());
  if (options.decision.json) {
    if (!print(to_json(version.value(), outcome.value()) + "\n")) return report_unwritten();
  } else if (outcome.value().holds()) {
    if (!print(to_text(version.value()) + ": what its script did is there\n")) return report_unwritten();
  } else {
    return report(why_it_does_not_hold(version.value(), outcome.value()));
  }
  return outcome.value().holds() ? kExitDone : kExitFailed;
}

}  // namespace

void add_script_verify(CLI::App& script, int& exit_code) {
  const auto options = std::make_shared<VerifyOptions>();
  CLI::App* verb = script.add_subcommand(
      "verify", "Has a script look whether what it did is there, and waits for the answer");
  verb->add_option("SCRIPT", options->version, "The version that the script brings in, as ROLE@VERSION")
      ->type_name("")
      ->required();
  add_decision_options(*verb, options->decision);
  verb->footer(
      "Ends with 0 when it is there, with 1 when it is not or nobody knows; neither changes a gate.\n"
      "Example:\n  exo script verify todo-search@0.0.1 --reason 'the disk was full'");
  verb->callback([options, &exit_code] { exit_code = verify(*options); });
}

}  // namespace exo

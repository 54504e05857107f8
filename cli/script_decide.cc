#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <string>

#include "cli/decided.h"
#include "cli/script.h"
#include "cli/verb.h"

namespace exo {
namespace {

struct Deed {
  DecisionVerb verb;
  const char* description;
  const char* example;
};

constexpr std::array<Deed, 10> kDeeds{{
    {DecisionVerb::kRetry, "Has a phase that failed or was interrupted tried again, in the same run",
     "exo script retry todo-search@0.0.1 --reason 'the disk has room again'"},
    {DecisionVerb::kSkip, "Leaves an online phase out: the version serves without it",
     "exo script skip todo-search@0.0.1 --reason 'the old entries are not needed'"},
    {DecisionVerb::kMarkDone, "Takes your word that the effect of a phase is there: it counts as done",
     "exo script mark-done todo-search@0.0.1 --phase offline --reason 'restored from the backup'"},
    {DecisionVerb::kCancel,
     "Ends the attempt that runs, and none is made before a retry; or a dry run, or a verification",
     "exo script cancel todo-search@0.0.1 --reason 'it slows the shop down'"},
    {DecisionVerb::kRerun, "Runs a script again that is done, in local and in tests only: a new generation",
     "exo script rerun todo-search@0.0.1 --reason 'the data was thrown away'"},
    {DecisionVerb::kUndo,
     "Has what a version's script did taken back, by its handler for that; the version is held",
     "exo script undo todo-search@0.0.2 --reason 'it loses entries'"},
    {DecisionVerb::kDryRun, "Runs a script that only tells what it would do, if it has declared that it can",
     "exo script dry-run todo-search@0.0.1 --phase offline --reason 'before the release'"},
    {DecisionVerb::kPause,
     "Lets a phase stand still, without failing: no attempt starts, one that runs waits",
     "exo script pause todo-search@0.0.1 --reason 'it slows the shop down'"},
    {DecisionVerb::kResume, "Lets a paused phase go on where it stood",
     "exo script resume todo-search@0.0.1 --reason 'the shop is closed now'"},
    {DecisionVerb::kThrottle, "Bounds the commands that a script sends: 100/s, 30/m, or off",
     "exo script throttle todo-search@0.0.1 100/s --reason 'it slows the shop down'"},
}};

struct DeedOptions {
  DecisionOptions decision;
  std::string version;
  std::string phase;
  std::string rate;  // of a throttle
  bool is_forced = false;
};

Result<std::optional<Rate>> parse_throttle(const std::string& text) {
  if (text == "off" || text.empty()) return std::optional<Rate>();
  const auto rate = parse_rate(text);
  if (!rate) return Error{"usage", rate.error().message + "; or off"};
  return std::optional<Rate>(rate.value());
}

int carry_out(DecisionVerb verb, const DeedOptions& options) {
  const auto version = named_script(options.version);
  if (!version) return report(version.error());
  const auto rate = parse_throttle(options.rate);
  if (!rate) return report(rate.error());
  return take_decisions(options.decision, {{.verb = verb,
                                            .version = version.value(),
                                            .phase = parse_phase(options.phase),
                                            .rate = rate.value(),
                                            .is_forced = options.is_forced}});
}

void add_deed(CLI::App& script, const Deed& deed, int& exit_code) {
  const auto options = std::make_shared<DeedOptions>();
  CLI::App* verb = script.add_subcommand(std::string(to_text(deed.verb)), deed.description);
  verb->add_option("SCRIPT", options->version, "The version that the script brings in, as ROLE@VERSION")
      ->type_name("")
      ->required();
  if (deed.verb == DecisionVerb::kThrottle) {
    verb->add_option("RATE", options->rate, "How many commands: 100/s, 30/m, or off, which lifts the bound")
        ->type_name("")
        ->required();
  }
  if (deed.verb == DecisionVerb::kUndo) {
    verb->add_flag("--force", options->is_forced, "Also where no other version of the role serves");
  } else {
    verb->add_option("--phase", options->phase, "offline, online or undo (default: the one that it fits)")
        ->type_name("offline|online|undo")
        ->check(CLI::IsMember({"offline", "online", "undo"}));
  }
  add_decision_options(*verb, options->decision);
  verb->footer(std::string("Example:\n  ") + deed.example);
  verb->callback([verb_is = deed.verb, options, &exit_code] { exit_code = carry_out(verb_is, *options); });
}

}  // namespace

void add_script_decisions(CLI::App& script, int& exit_code) {
  for (const Deed& deed : kDeeds) add_deed(script, deed, exit_code);
}

}  // namespace exo

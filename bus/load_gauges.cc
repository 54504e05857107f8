#include "bus/load_gauges.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace exo::routing {
namespace {

constexpr std::string_view kScriptRole = "deployment-";

bool is_unanswered(const Command& command) {
  if (command.expects == Expects::kNone) return command.unsettled > 0;
  if (!command.reply_open) return false;
  for (const Leg* leg = command.legs; leg; leg = leg->sibling) {
    if (leg->replied) return false;
  }
  return true;
}

}  // namespace

// A script's command is known by its sender once it is settled and counts for nobody any more.
bool LoadGauges::is_of_production(const Command& command) {
  if (command.scope || command.brings_in || command.replayed) return false;
  return command.sender_role && !command.sender_role->starts_with(kScriptRole);
}

Histogram LoadGauges::waiting(const LoadQuestion& question, const std::string* name, const Fleet& fleet,
                              const Now& now) {
  Histogram waiting;
  std::size_t left = kLooked;
  for (const auto& [key, sender] : fleet.instances()) {
    if (sender->kind == PeerKind::kScript) continue;
    for (const Command* command = sender->commands.front(); command && left > 0;
         command = SenderCommands::next(*command), --left) {
      const auto since = now.monotonic - command->taken;
      if (since <= question.waits_over) break;  // and so are all behind it
      if (command->name == name && is_of_production(*command) && is_unanswered(*command)) waiting.add(since);
    }
  }
  return waiting;
}

std::vector<LoadReport> LoadGauges::measure(const std::vector<LoadQuestion>& questions, Fleet& fleet,
                                            const Now& now) {
  std::vector<LoadReport> reports;
  std::vector<Gauge> gauges;
  for (const LoadQuestion& question : questions) {
    const std::string* name = fleet.text(question.name);
    const auto before = std::find_if(gauges_.begin(), gauges_.end(),
                                     [name](const Gauge& gauge) { return gauge.name == name; });
    reports.push_back({.name = question.name,
                       .ended = before == gauges_.end() ? Histogram() : before->ended,
                       .waiting = waiting(question, name, fleet, now)});
    gauges.push_back({.name = name, .ended = {}});
  }
  gauges_ = std::move(gauges);
  return reports;
}

}  // namespace exo::routing

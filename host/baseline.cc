#include "host/baseline.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/nearest_word.h"
#include "base/text.h"

namespace exo {
namespace {

bool is_unread(const std::vector<const ScriptRow*>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const ScriptRow* row) { return row->is_unread; });
}

// What is said of a script that is not taken; nullopt: it is.
std::optional<std::string> why_left(const VersionKey& version, const std::vector<const ScriptRow*>& rows) {
  std::vector<std::string> states;
  bool is_left = true;
  bool has_begun = false;
  for (const ScriptRow* row : rows) {
    const std::string& state = row->report.state;
    const bool is_pending = state == "pending" && row->report.attempt == 0 && row->report.decision.empty();
    const bool is_vouched_for = state == "done" && row->report.attempt == 0;
    if (is_pending) is_left = false;
    if (!is_pending && !is_vouched_for) has_begun = true;
    states.push_back("its " + std::string(to_string(row->phase)) + " phase is " + state);
  }
  const std::string left = to_text(version) + " is left as it is: ";
  if (is_unread(rows)) return left + rows.front()->report.reason;
  if (!is_left && !has_begun) return std::nullopt;
  return left + join_for_people(states);
}

Error does_not_fit(const std::string& why, const std::vector<const ScriptRow*>& rows) {
  const char* way_out =
      is_unread(rows)
          ? "; stop exo run, and type this again before the next one"
          : "; baseline is for scripts that never began here, exo script mark-done for the others";
  return Error{"does-not-fit", why + way_out};
}

bool is_meant(const std::string& name, const VersionKey& version) {
  return name == version.role || name == to_text(version);
}

std::vector<std::string> words_for(const std::map<VersionKey, std::vector<const ScriptRow*>>& scripts) {
  std::vector<std::string> words;
  words.reserve(scripts.size());
  for (const auto& [version, rows] : scripts) words.push_back(to_text(version));
  return words;
}

}  // namespace

Result<BaselinePlan> plan_baseline(const ScriptList& list, const std::vector<std::string>& names) {
  std::map<VersionKey, std::vector<const ScriptRow*>> scripts;
  for (const ScriptRow& row : list.rows) scripts[row.version].push_back(&row);
  for (const std::string& name : names) {
    const bool is_known = std::any_of(scripts.begin(), scripts.end(),
                                      [&](const auto& script) { return is_meant(name, script.first); });
    if (is_known) continue;
    return Error{"usage", "no deployment script brings in " + in_quotes(name) +
                              did_you_mean(name, words_for(scripts)) + "; exo script list shows them"};
  }
  BaselinePlan plan;
  for (const auto& [version, rows] : scripts) {
    const bool is_named = std::find(names.begin(), names.end(), to_text(version)) != names.end();
    const auto means_it = [&key = version](const std::string& name) { return is_meant(name, key); };
    if (!names.empty() && std::none_of(names.begin(), names.end(), means_it)) continue;
    const auto why = why_left(version, rows);
    if (!why) {
      plan.decisions.push_back({.verb = DecisionVerb::kBaseline, .version = version});
    } else if (is_named) {
      return does_not_fit(*why, rows);
    } else {
      plan.left.push_back(*why);
    }
  }
  return plan;
}

}  // namespace exo

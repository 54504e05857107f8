#include "host/script_edit.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "deployment-scripts/decision_verb.h"

namespace exo {
namespace {

constexpr std::size_t kShownFiles = 3;

bool is_of_a_spec(const std::string& file) {
  return file == kNounsFile || file.starts_with(std::string(kStepsFolder) + "/") ||
         file.ends_with(kSpecExtension);
}

// "todo-0.0.1.js" and "todo-0.0.1/index.js" → todo and 0.0.1.
std::optional<VersionKey> named_version(const std::string& file) {
  const std::string top = file.substr(0, file.find('/'));
  if (auto version = parse_script_name(top)) return version;
  return parse_script_name(top.substr(0, top.rfind('.')));
}

const Script* script_of(const std::string& file, const ScriptCatalog& catalog) {
  const std::string name = std::string(kScriptsFolder) + "/" + file;
  const auto found = std::find_if(catalog.scripts.begin(), catalog.scripts.end(), [&](const Script& each) {
    return name == each.name || name.starts_with(each.name + "/") || name == each.settings_file;
  });
  return found == catalog.scripts.end() ? nullptr : &*found;
}

bool is_settled(const std::string& file, const Script& script) {
  const std::string name = std::string(kScriptsFolder) + "/" + file;
  return name == script.settings_file || name == script.name + "/service.yml";
}

// "deployment-scripts/a.js has changed; it is so", or "… have changed; they are so".
std::string tell_of(std::vector<std::string> files, const std::string& of_one, const std::string& of_many) {
  const bool is_one = files.size() == 1;
  const std::size_t more = files.size() > kShownFiles ? files.size() - kShownFiles : 0;
  files.resize(files.size() - more);
  for (std::string& file : files) file = std::string(kScriptsFolder) + "/" + file;
  if (more > 0) files.push_back(std::to_string(more) + " more");
  return printable(join_for_people(files)) +
         (is_one ? " has changed; " + of_one : " have changed; " + of_many);
}

}  // namespace

std::vector<std::string> describe_script_edits(const std::vector<std::string>& files,
                                               const ScriptCatalog& catalog) {
  std::map<VersionKey, const Script*> changed;
  std::vector<std::string> settled;
  std::vector<std::string> unknown;
  std::vector<std::string> shared;
  for (const std::string& file : files) {
    if (is_of_a_spec(file)) continue;
    const Script* script = script_of(file, catalog);
    if (script != nullptr && !is_settled(file, *script)) changed[script->brings_in] = script;
    if (script != nullptr && is_settled(file, *script)) settled.push_back(file);
    if (script == nullptr) (named_version(file) ? unknown : shared).push_back(file);
  }
  std::vector<std::string> lines;
  lines.reserve(changed.size() + 3);
  for (const auto& [version, script] : changed) {
    lines.push_back(script->name +
                    " has changed; what is started of it from now on runs it as it is now, and " +
                    "what is done is not run again; to have it run: " +
                    command_for(DecisionVerb::kRerun, version, std::nullopt, "local"));
  }
  const std::string decision = ", as by exo script retry, or when exo run starts";
  if (!settled.empty())
    lines.push_back(tell_of(settled, "it is read again when somebody decides about its script" + decision,
                            "they are read again when somebody decides about their script" + decision));
  const std::string start = " when it starts: stop it and start it again for that";
  if (!unknown.empty())
    lines.push_back(tell_of(unknown, "exo run reads it" + start, "exo run reads them" + start));
  if (!shared.empty())
    lines.push_back(tell_of(shared, "scripts that are started from now on find it as it is now",
                            "scripts that are started from now on find them as they are now"));
  return lines;
}

}  // namespace exo

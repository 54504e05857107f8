#include "host/script_on_disk.h"

#include <algorithm>
#include <string>
#include <vector>

#include "deployment-scripts/script_catalog.h"
#include "host/application_check.h"

namespace exo {
namespace {

// "deployment-scripts/todo-0.0.1.js", ".yml" and "/service.yml" alike; no other version begins so.
bool is_of(const Mistake& mistake, const VersionKey& version) {
  const std::string name = std::string(kScriptsFolder) + "/" + version.role + "-" + version.version;
  if (!mistake.file.starts_with(name)) return false;
  const std::string rest = mistake.file.substr(name.size());
  return rest.empty() || rest == ".yml" || rest.front() == '/' || rest.find('.', 1) == std::string::npos;
}

// Wherever they are written.
bool is_same(const std::vector<NamedVersion>& known, const std::vector<NamedVersion>& now) {
  return std::equal(
      known.begin(), known.end(), now.begin(), now.end(),
      [](const NamedVersion& left, const NamedVersion& right) { return left.version == right.version; });
}

}  // namespace

Result<std::optional<Script>> read_script(const std::filesystem::path& application,
                                          const VersionKey& version) {
  const LoadedScripts loaded = load_scripts(application);
  std::vector<Mistake> mistakes;
  for (const Mistake& mistake : loaded.mistakes) {
    if (is_of(mistake, version)) mistakes.push_back(mistake);
  }
  if (!mistakes.empty()) return to_error(mistakes);
  const Script* script = loaded.catalog.find(version);
  return script == nullptr ? std::optional<Script>() : std::optional<Script>(*script);
}

Result<void> check_replacement(const Script& known, const Script& now) {
  const bool same = known.kind == now.kind && known.path == now.path && known.command == now.command &&
                    known.sends == now.sends && known.user.name == now.user.name &&
                    is_same(known.settings.after, now.settings.after) &&
                    is_same(known.settings.required, now.settings.required);
  if (same) return {};
  return Error{
      "needs-restart",
      now.name +
          " is started in another way than when this host began, or may send other "
          "messages, or runs as another user, or after other scripts; stop exo run and start it again"};
}

}  // namespace exo

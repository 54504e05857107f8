#include "host/preparation.h"

#include <pwd.h>
#include <unistd.h>

#include "base/ids.h"
#include "base/semantic_version.h"
#include "ledger/sqlite_ledger.h"
#include "services/environment_variables.h"

namespace exo {
namespace {

std::string user_name() {
  const passwd* user = ::getpwuid(::geteuid());
  return user != nullptr ? user->pw_name : "uid " + std::to_string(::geteuid());
}

std::vector<VersionKey> versions_of(const Application& application) {
  std::vector<VersionKey> keys;
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions)
      keys.push_back({role.name, to_string(version.version)});
  }
  return keys;
}

Error all_mistakes(const std::vector<std::string>& lines) {
  std::string text = lines.size() == 1
                         ? "the application has a mistake:\n"
                         : "the application has " + std::to_string(lines.size()) + " mistakes:\n";
  for (const std::string& line : lines) text += line + "\n";
  return Error{"mistakes", text};
}

std::string port_flag(const std::string& name, std::uint16_t port) {
  return "--port " + name + "=" + std::to_string(port);
}

std::vector<std::string> check_ports(const Application& application,
                                     const std::map<std::string, std::uint16_t>& ports) {
  std::vector<std::string> mistakes;
  for (const auto& [name, port] : ports) {
    const Role* role = application.find_role(name);
    if (role == nullptr) {
      mistakes.push_back(port_flag(name, port) + ": there is no service '" + name + "'");
    } else if (!role->is_public) {
      mistakes.push_back(port_flag(name, port) + ": the service '" + name +
                         "' has no public port; only services of 'type: public' have one");
    }
  }
  return mistakes;
}

}  // namespace

rollout::Begin Preparation::begin() const {
  rollout::Begin begin{
      .versions = {}, .other_scripts = {}, .host = host_id, .environment = state.environment(), .who = who};
  for (const VersionKey& key : versions_of(application)) {
    rollout::VersionToBringIn version{.key = key, .script = std::nullopt, .required_versions = {}};
    for (const SemanticVersion& required :
         application.find_version(key.role, key.version)->required_versions) {
      version.required_versions.push_back(to_string(required));
    }
    if (const Script* script = catalog.find(key)) version.script = *script;
    begin.versions.push_back(std::move(version));
  }
  for (OrphanedScript& orphan : find_orphaned_scripts(catalog, versions_of(application))) {
    begin.other_scripts.push_back(std::move(orphan.script));
  }
  return begin;
}

std::map<VersionKey, std::vector<std::string>> Preparation::script_sends() const {
  std::map<VersionKey, std::vector<std::string>> sends;
  for (const Script& script : catalog.scripts) {
    if (script.sends) sends[script.brings_in] = *script.sends;
  }
  return sends;
}

Result<Preparation> prepare(const HostOptions& options, Terminal& terminal) {
  auto installation = find_installation();
  if (!installation) return installation.error();
  auto state = StateFolder::of(options.application, options.environment);
  if (!state) return state.error();

  std::vector<std::string> mistakes;
  std::vector<std::string> notices;
  LoadedApplication loaded = load_application(options.application.string());
  for (const Mistake& mistake : loaded.mistakes) mistakes.push_back(to_string(mistake));
  for (const Notice& notice : loaded.notices) notices.push_back(to_string(notice));
  if (!loaded.application) return all_mistakes(mistakes);
  for (const Mistake& mistake : missing_secrets(*loaded.application, own_environment())) {
    mistakes.push_back(to_string(mistake));
  }
  for (std::string& mistake : check_ports(*loaded.application, options.ports))
    mistakes.push_back(std::move(mistake));
  LoadedScripts scripts = load_scripts(options.application);
  for (const Mistake& mistake : scripts.mistakes) mistakes.push_back(to_string(mistake));
  for (const OrphanedScript& orphan :
       find_orphaned_scripts(scripts.catalog, versions_of(*loaded.application))) {
    notices.push_back(orphan.message);
  }
  if (!mistakes.empty()) return all_mistakes(mistakes);

  if (const auto created = state.value().create(); !created) return created.error();
  std::string host_id = "host-" + random_id();
  auto ledger = SqliteLedger::open({.folder = state.value().path().string(), .owner = this_process(host_id)});
  if (!ledger) return ledger.error();
  if (const auto made = state.value().create_key(); !made) return made.error();
  state.value().remove_stale_tokens();
  for (const std::string& notice : ledger.value()->notices()) notices.push_back(notice);
  auto journal = Journal::open(state.value().logs() / "exo.log", terminal);
  if (!journal) return journal.error();
  return Preparation{.application = std::move(*loaded.application),
                     .catalog = std::move(scripts.catalog),
                     .installation = std::move(installation).value(),
                     .state = std::move(state).value(),
                     .ports = options.ports,
                     .host_id = std::move(host_id),
                     .who = user_name(),
                     .journal = std::move(journal).value(),
                     .ledger = std::move(ledger).value(),
                     .notices = std::move(notices)};
}

}  // namespace exo

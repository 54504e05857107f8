#include "host/application_check.h"

#include <iterator>
#include <utility>

#include "base/nearest_word.h"
#include "base/text.h"
#include "host/message_check.h"
#include "host/user_check.h"
#include "services/missing_program.h"

namespace exo {
namespace {

template <typename T>
void add(std::vector<T> more, std::vector<T>& into) {
  into.insert(into.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::string fault_of_port(const Application& application, const std::string& role,
                          const std::string& nearest) {
  if (application.find_role(role) != nullptr) {
    return "the service " + in_quotes(role) +
           " has no public port; only services with \"type: public\" have one";
  }
  std::vector<std::string> roles;
  for (const Role& known : application.roles) roles.push_back(known.name);
  return "there is no service " + in_quotes(role) +
         (nearest.empty() ? "; the services are " + join_for_people(roles)
                          : "; did you mean " + in_quotes(nearest) + "?");
}

std::vector<Mistake> wrong_ports(const Application& application,
                                 const std::map<std::string, std::uint16_t>& ports) {
  std::vector<std::string> public_roles;
  for (const Role& role : application.roles) {
    if (role.is_public) public_roles.push_back(role.name);
  }
  std::vector<Mistake> mistakes;
  for (const auto& [name, port] : ports) {
    const Role* role = application.find_role(name);
    if (role != nullptr && role->is_public) continue;
    const std::string nearest = nearest_word(name, public_roles);
    mistakes.push_back({.file = "--port " + printable(name) + "=" + std::to_string(port),
                        .line = 0,
                        .key = "",
                        .value = printable(name),
                        .message = fault_of_port(application, name, nearest),
                        .nearest = nearest});
  }
  return mistakes;
}

std::vector<Notice> orphaned(const Application& application, const ScriptCatalog& catalog) {
  std::vector<Notice> notices;
  for (const OrphanedScript& orphan : find_orphaned_scripts(catalog, versions_of(application))) {
    notices.push_back({.file = orphan.script.name, .line = 0, .message = orphan.message});
  }
  return notices;
}

std::vector<Notice> missing_script_programs(const ScriptCatalog& catalog, const Variables& environment) {
  const auto path = environment.find("PATH");
  std::vector<Notice> missing;
  for (const Script& script : catalog.scripts) {
    const auto program = script.kind == ScriptKind::kFolder ? program_of(script.command) : std::nullopt;
    if (!program) continue;
    const std::string fault =
        fault_of_program(*program, script.folder, path == environment.end() ? "" : path->second);
    if (fault.empty()) continue;
    missing.push_back({.file = script.command_place.file,
                       .line = script.command_place.line,
                       .message = "the deployment script of " + to_text(script.brings_in) +
                                  " cannot be started: " + fault});
  }
  return missing;
}

}  // namespace

std::vector<VersionKey> versions_of(const Application& application) {
  std::vector<VersionKey> keys;
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions)
      keys.push_back({role.name, to_string(version.version)});
  }
  return keys;
}

Error to_error(const std::vector<Mistake>& mistakes) {
  const std::string count =
      mistakes.size() == 1 ? "a mistake" : std::to_string(mistakes.size()) + " mistakes";
  return Error{"mistakes", "the application has " + count + ":\n" + to_text(mistakes)};
}

ApplicationCheck check_application(const CheckOptions& options) {
  LoadedApplication loaded = load_application(options.application.string());
  LoadedScripts scripts = load_scripts(options.application);
  ApplicationCheck check{.application = std::move(loaded.application),
                         .catalog = std::move(scripts.catalog),
                         .users = {},
                         .mistakes = std::move(loaded.mistakes),
                         .warnings = std::move(loaded.notices),
                         .gaps = {},
                         .unhonoured = std::move(loaded.unhonoured)};
  if (check.application) {
    add(missing_secrets(*check.application, options.environment), check.mistakes);
    add(wrong_ports(*check.application, options.ports), check.mistakes);
    add(missing_programs(*check.application, options.environment), check.warnings);
    add(orphaned(*check.application, check.catalog), check.warnings);
    add(unheard_messages(*check.application, check.catalog), check.warnings);
    check.users = ServiceUsers(*check.application, check.catalog, options.user);
    UserFindings found = check_users(*check.application, check.catalog, check.users, options.environment,
                                     options.state ? &*options.state : nullptr);
    check.gaps = std::move(found.gaps);
    add(std::move(found.mistakes), check.mistakes);
    add(std::move(found.warnings), check.warnings);
  }
  add(std::move(scripts.mistakes), check.mistakes);
  add(missing_script_programs(check.catalog, options.environment), check.warnings);
  add(unhandled_phases(check.catalog), check.warnings);
  return check;
}

}  // namespace exo

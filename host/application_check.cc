#include "host/application_check.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/nearest_word.h"
#include "base/text.h"
#include "deployment-scripts/script_order.h"
#include "host/artifact_copies.h"
#include "host/message_check.h"
#include "host/preparation.h"
#include "host/requirement_check.h"
#include "host/spec_check.h"
#include "host/taken_ports.h"
#include "host/user_check.h"
#include "services/missing_program.h"
#include "services/readable_application.h"

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

// As a person goes through them; those of one place in the order they had.
void sort_by_place(std::vector<Mistake>& mistakes) {
  std::stable_sort(mistakes.begin(), mistakes.end(), [](const Mistake& left, const Mistake& right) {
    return std::tie(left.file, left.line) < std::tie(right.file, right.line);
  });
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

// Everybody may read copies; exo lets the users of services pass to them only when it owns the ledger.
UserFindings users_findings(const Application& readable, const CheckOptions& options,
                            const ApplicationCheck& check) {
  const StateFolder* state = options.state ? &*options.state : nullptr;
  if (options.copies == nullptr)
    return check_users(readable, check.catalog, check.users, options.environment, state);
  return check_users(readable_application(options.application.string()),
                     load_scripts(options.application).catalog, check.users, options.environment, state);
}

// What each service may be told of by itself, whatever is wrong with others.
void look_at_services(const Application& readable, const CheckOptions& options, ApplicationCheck& check) {
  const StateFolder* state = options.state ? &*options.state : nullptr;
  add(missing_secrets(readable, options.environment), check.mistakes);
  if (options.port_check == PortCheck::kTakenPorts) {
    add(taken_ports(readable, options.ports, state), check.mistakes);
  }
  add(missing_programs(readable, options.environment), check.warnings);
  check.users = ServiceUsers(readable, check.catalog, options.user);
  UserFindings found = users_findings(readable, options, check);
  check.gaps = std::move(found.gaps);
  add(std::move(found.mistakes), check.mistakes);
  add(std::move(found.warnings), check.warnings);
}

// What is wrong only if nothing else is: a service that could not be read may be the one that is missed.
void look_at_whole(const CheckOptions& options, ApplicationCheck& check) {
  add(wrong_ports(*check.application, options.ports), check.mistakes);
  add(wrong_follows(*check.application, check.catalog), check.mistakes);
  add(wrong_signals(*check.application, check.catalog), check.mistakes);
  add(wrong_order(begin_with(*check.application, check.catalog, {}).versions), check.mistakes);
  if (options.state) {
    add(wrong_requirements(*check.application, check.catalog, options.only, *options.state), check.mistakes);
  }
  add(orphaned(*check.application, check.catalog), check.warnings);
  add(unheard_messages(*check.application, check.catalog), check.warnings);
  add(doubtful_nouns(*check.application), check.warnings);
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
  LoadedApplication loaded = load_application(
      options.application.string(), options.copies == nullptr ? FolderCopies() : options.copies->folders);
  LoadedScripts scripts = load_scripts(options.application);
  if (options.copies != nullptr) scripts = with_copied_scripts(std::move(scripts), options.copies->roots);
  ApplicationCheck check{.application = std::move(loaded.application),
                         .catalog = std::move(scripts.catalog),
                         .users = {},
                         .mistakes = std::move(loaded.mistakes),
                         .warnings = std::move(loaded.notices),
                         .gaps = {},
                         .unhonoured = std::move(loaded.unhonoured)};
  if (check.application) {
    look_at_services(*check.application, options, check);
    look_at_whole(options, check);
  } else {
    look_at_services(readable_application(options.application.string()), options, check);
  }
  add(std::move(scripts.mistakes), check.mistakes);
  add(missing_script_programs(check.catalog, options.environment), check.warnings);
  add(unhandled_phases(check.catalog), check.warnings);
  sort_by_place(check.mistakes);
  return check;
}

}  // namespace exo

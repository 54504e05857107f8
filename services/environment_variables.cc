#include "services/environment_variables.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/text.h"
#include "services/names.h"

namespace exo {
namespace {

// A process cannot be started with a variable of 128 KiB or more.
constexpr std::size_t kMaxServiceDataBytes = 100 * 1024;

bool begins_with(const std::string& text, std::string_view beginning) {
  return text.compare(0, beginning.size(), beginning) == 0;
}

// What would be another instance's, had exo itself been started by an instance or a test of one.
bool is_inherited(const std::string& name) {
  return !is_variable_of_exo(name) && !is_variable_decided_by_exo(name) && !begins_with(name, "EXOCOM_") &&
         name != "NODE_PATH";
}

// What leads to places of the user that exo runs as: sessions, sockets, folders for files of their own, keys.
bool belongs_to_a_session(const std::string& name) {
  static constexpr std::array kBeginnings{"XDG_", "SUDO_", "SSH_"};
  static constexpr std::array kNames{"MAIL",           "DBUS_SESSION_BUS_ADDRESS",
                                     "TMPDIR",         "TMP",
                                     "TEMP",           "XAUTHORITY",
                                     "ICEAUTHORITY",   "GNUPGHOME",
                                     "GPG_AGENT_INFO", "KRB5CCNAME",
                                     "KRB5_KTNAME",    "KRB5_CLIENT_KTNAME",
                                     "HISTFILE",       "OLDPWD"};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](const char* beginning) { return begins_with(name, beginning); }) ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

void change_user(const UnixUser& user, Variables& variables) {
  for (auto each = variables.begin(); each != variables.end();)
    each = belongs_to_a_session(each->first) ? variables.erase(each) : std::next(each);
  variables["HOME"] = user.home;
  variables["USER"] = user.name;
  variables["LOGNAME"] = user.name;
  variables["SHELL"] = user.shell;
}

void add_origins(const std::vector<RoleAddress>& addresses, Variables& variables) {
  for (const RoleAddress& address : addresses) {
    const std::string place = address.host + ":" + std::to_string(address.port);
    const std::string name = constant_case(address.role);
    switch (address.type) {
      case ServiceType::kPublic:
        variables[name + "_EXTERNAL_ORIGIN"] = "http://" + place;
        variables[name + "_INTERNAL_ORIGIN"] = "http://" + place;
        break;
      case ServiceType::kPrivate:
        variables[name + "_INTERNAL_ORIGIN"] = "http://" + place;
        break;
      case ServiceType::kWorker:
        variables[name + "_HOST"] = place;
        break;
    }
  }
}

void add_what_python_needs(const InstanceIdentity& identity, Variables& variables) {
  std::string& path = variables["PYTHONPATH"];
  path = path.empty() ? identity.python_path : identity.python_path + ":" + path;
  variables["EXO_PYTHON"] = identity.python;
  if (!identity.python_program.empty()) variables["EXO_PYTHON_PROGRAM"] = identity.python_program;
  variables["PYTHONPYCACHEPREFIX"] = identity.python_cache;
  variables["PYTHONUNBUFFERED"] = "1";
}

void add_what_exo_gives(const ServiceVersion& version, const InstanceIdentity& identity,
                        Variables& variables) {
  variables["EXO_BUS"] = identity.bus;
  variables["EXO_VERSION"] = to_string(version.version);
  variables["EXO_INSTANCE"] = identity.instance;
  variables["EXO_TOKEN_FILE"] = identity.token_file;
  if (!identity.curve_file.empty()) variables["EXO_CURVE_FILE"] = identity.curve_file;
  variables["EXO_DATA"] = identity.data_folder;
  variables["EXO_ENVIRONMENT"] = identity.environment;
  variables["EXO_ROOT"] = identity.root;
  variables["EXO_BIN"] = identity.programs;
  variables["NODE_PATH"] = identity.node_path;
  add_what_python_needs(identity, variables);
  if (identity.gateway) {
    variables["EXOCOM_HOST"] = identity.gateway->host;
    variables["EXOCOM_PORT"] = std::to_string(identity.gateway->port);
  }
}

Variables compose(const Application& application, const ServiceVersion& version,
                  const InstanceIdentity& identity, const std::vector<RoleAddress>& addresses,
                  const Variables& own_environment) {
  Variables variables;
  const std::vector<std::string> secrets = all_secrets(application);
  for (const auto& [name, value] : own_environment) {
    if (is_inherited(name) && std::find(secrets.begin(), secrets.end(), name) == secrets.end())
      variables[name] = value;
  }
  if (identity.user != nullptr) change_user(*identity.user, variables);
  add_origins(addresses, variables);
  for (const auto& [name, value] : version.environment_variables) variables[name] = value;
  for (const auto& [name, value] : resolve_secrets(version.secrets, own_environment).values)
    variables[name] = value;
  add_what_exo_gives(version, identity, variables);
  std::string data = service_data(application);
  if (data.size() <= kMaxServiceDataBytes) variables["SERVICE_DATA"] = std::move(data);
  return variables;
}

std::vector<std::pair<std::string, std::string>> as_list(const Variables& variables) {
  return {variables.begin(), variables.end()};
}

std::string needs_secret(const ServiceVersion& version, const std::string& name) {
  return (version.version_stated ? to_string(version) : version.role) + " needs the secret " + name +
         ", which is not in the environment of exo; set it before, as in \"export " + name + "=…\"";
}

}  // namespace

ResolvedSecrets resolve_secrets(const std::vector<std::string>& names, const Variables& own_environment) {
  ResolvedSecrets resolved;
  for (const std::string& name : names) {
    const auto found = own_environment.find(name);
    if (found == own_environment.end() || found->second.empty())
      resolved.missing.push_back(name);
    else
      resolved.values[name] = found->second;
  }
  return resolved;
}

std::vector<std::string> all_secrets(const Application& application) {
  std::vector<std::string> names;
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      names.insert(names.end(), version.secrets.begin(), version.secrets.end());
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<Mistake> missing_secrets(const Application& application, const Variables& own_environment) {
  std::vector<Mistake> mistakes;
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      for (const std::string& name : resolve_secrets(version.secrets, own_environment).missing) {
        const auto place = version.secret_places.find(name);
        EXO_CHECK(place != version.secret_places.end());
        mistakes.push_back({.file = place->second.file,
                            .line = place->second.line,
                            .key = place->second.key,
                            .value = name,
                            .message = needs_secret(version, name)});
      }
    }
  }
  return mistakes;
}

std::string service_data(const Application& application) {
  nlohmann::json data = nlohmann::json::object();
  for (const Role& role : application.roles) {
    const ServiceVersion& newest = role.versions.back();
    nlohmann::json translations = nlohmann::json::array();
    for (const MessageTranslation& translation : newest.translations) {
      translations.push_back({{"public", translation.public_name}, {"internal", translation.internal_name}});
    }
    data[role.name] = {
        {"receives", newest.receives}, {"sends", newest.sends}, {"translations", std::move(translations)}};
  }
  // The names were checked to be UTF-8 when they were read; dump() would throw for others.
  return data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::pair<std::string, std::string>> environment_of_instance(
    const Application& application, const ServiceVersion& version, const InstanceIdentity& identity,
    const std::vector<RoleAddress>& addresses, const Variables& own_environment) {
  Variables variables = compose(application, version, identity, addresses, own_environment);
  variables["ROLE"] = version.role;
  if (identity.port != 0) variables["PORT"] = std::to_string(identity.port);
  return as_list(variables);
}

std::vector<std::pair<std::string, std::string>> environment_of_script(
    const Application& application, const ServiceVersion& version, const InstanceIdentity& identity,
    const std::vector<RoleAddress>& addresses, const Variables& own_environment) {
  Variables variables = compose(application, version, identity, addresses, own_environment);
  variables["ROLE"] = "deployment-" + version.role + "-" + to_string(version.version);
  return as_list(variables);
}

Variables own_environment() {
  Variables variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    // The first of two entries with one name is the one that getenv finds.
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace exo

// The complete environment of one instance, as a pure function of what the host knows.
//
// What an instance inherits: all that exo itself was started with, as `foreman` and the Exosphere tools pass
// it on, except ROLE, PORT, SERVICE_DATA, NODE_PATH and what begins with EXO_ or EXOCOM_ (those would be
// another instance's), and the secrets of services, which only a service that lists a secret gets. Later
// entries win over earlier ones:
//
//   inherited < HOME, USER, LOGNAME, SHELL of another user < <ROLE>_INTERNAL_ORIGIN, <ROLE>_EXTERNAL_ORIGIN,
//   <ROLE>_HOST < local.environment-variables
//             < local.secrets < what exo gives
//
// Another user inherits nothing of the session of exo's own: what leads to its sockets, keys and folders.
//
// What exo gives: ROLE, EXO_BUS, EXO_VERSION, EXO_INSTANCE, EXO_TOKEN_FILE, EXO_DATA, EXO_ENVIRONMENT,
// EXO_ROOT, EXO_BIN, NODE_PATH, EXO_PYTHON, EXO_PYTHON_PROGRAM (where exo was told one), PYTHONPATH (the
// relay, before what was there), PYTHONPYCACHEPREFIX (so that no service's folder is written to),
// EXO_CURVE_FILE where the bus is reached over TCP, PYTHONUNBUFFERED (so that what is printed is seen), PORT,
// SERVICE_DATA (unless it is larger than a variable can be), and EXOCOM_HOST with EXOCOM_PORT where there is
// a gateway.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/unix_user.h"
#include "services/application.h"

namespace exo {

using Variables = std::map<std::string, std::string>;

// Where a role is reached over the network in this environment, as host and port of exo's forwarder.
struct RoleAddress {
  std::string role;
  ServiceType type = ServiceType::kPublic;
  std::string host;
  std::uint16_t port = 0;
};

// Where the ExoCom gateway listens.
struct GatewayAddress {
  std::string host;
  std::uint16_t port = 0;
};

// What one instance is, beside what its service.yml says. Paths are absolute.
struct InstanceIdentity {
  std::string instance;        // EXO_INSTANCE
  std::string environment;     // EXO_ENVIRONMENT: "local"
  std::string bus;             // EXO_BUS: the broker's endpoint
  std::string token_file;      // EXO_TOKEN_FILE
  std::string curve_file;      // EXO_CURVE_FILE; empty: the bus wants no keys
  std::string data_folder;     // EXO_DATA
  std::string root;            // EXO_ROOT: the folder of exo's clone
  std::string programs;        // EXO_BIN: the folder of the built programs
  std::string node_path;       // NODE_PATH: where `require` finds the relay
  std::string python;          // EXO_PYTHON: looks for a Python that has what the relay needs, and runs it
  std::string python_program;  // EXO_PYTHON_PROGRAM: the one that exo was told to use; empty: none
  std::string python_path;     // PYTHONPATH: where `import` finds the relay
  std::string python_cache;    // PYTHONPYCACHEPREFIX
  std::uint16_t port = 0;      // PORT; 0: the instance does not listen, and gets none
  std::optional<GatewayAddress> gateway;
  const UnixUser* user = nullptr;  // whom it becomes; null: who exo is
};

struct ResolvedSecrets {
  Variables values;
  std::vector<std::string> missing;  // in the order asked for
};

// Looks each name up in exo's own environment. An empty value counts as missing: it is what a shell makes of
// a variable that is not set.
ResolvedSecrets resolve_secrets(const std::vector<std::string>& names, const Variables& own_environment);

// Every secret that some service version of the application names; what no other service may inherit.
std::vector<std::string> all_secrets(const Application& application);

// For each service version with secrets that are not there, a mistake that names the service and what to
// type.
std::vector<Mistake> missing_secrets(const Application& application, const Variables& own_environment);

// SERVICE_DATA: {"<role>": {"receives": […], "sends": […], "translations": [{"public": …, "internal": …}]}}
// for every role, of its newest version; compact JSON with sorted keys.
std::string service_data(const Application& application);

// The whole environment, sorted by name. Secrets that are missing are left out; missing_secrets() reports
// them. `addresses` gives the origins of the roles in it.
std::vector<std::pair<std::string, std::string>> environment_of_instance(
    const Application& application, const ServiceVersion& version, const InstanceIdentity& identity,
    const std::vector<RoleAddress>& addresses, const Variables& own_environment);

// For a deployment script: what an instance gets, under the name "deployment-<role>-<version>", without PORT
// and with the variables and secrets of the service version that it brings in.
std::vector<std::pair<std::string, std::string>> environment_of_script(
    const Application& application, const ServiceVersion& version, const InstanceIdentity& identity,
    const std::vector<RoleAddress>& addresses, const Variables& own_environment);

// The environment that this process was started with. Not to be called while another thread changes it.
Variables own_environment();

}  // namespace exo

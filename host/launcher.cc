#include "host/launcher.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/files.h"
#include "base/ids.h"
#include "base/unique_fd.h"
#include "bus/wire/curve_keys.h"
#include "host/folder_handover.h"
#include "host/instance_note.h"
#include "host/log_name.h"
#include "host/stop_times.h"
#include "services/shell_command.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLoader = "bus/relays/javascript/bin/exo-script.js";
constexpr const char* kPythonLoader = "bus/relays/python/bin/exo-script";
constexpr const char* kPython = "bus/relays/python/bin/exo-python";
constexpr const char* kPythonPath = "bus/relays/python";
constexpr const char* kLoopback = "127.0.0.1";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<ResourceLimit> resource_limits(const ServiceLimits& limits) {
  std::vector<ResourceLimit> all;
  if (limits.open_files) all.push_back({RLIMIT_NOFILE, *limits.open_files});
  if (limits.processes) all.push_back({RLIMIT_NPROC, *limits.processes});
  if (limits.memory_bytes) all.push_back({RLIMIT_DATA, *limits.memory_bytes});
  return all;
}

std::optional<ProcessUser> process_user(const UnixUser* user) {
  if (user == nullptr) return std::nullopt;
  return ProcessUser{.name = user->name, .credentials = user->credentials};
}

// How long it has from SIGTERM to SIGKILL, in milliseconds: its relay closes in less.
void add_stop_within(std::chrono::milliseconds stop_within, ProcessSpec& process) {
  process.environment.emplace_back("EXO_STOP_WITHIN", std::to_string(stop_within.count()));
}

}  // namespace

Result<Installation> find_installation() {
  std::error_code failure;
  Installation installation;
  const fs::path self = fs::read_symlink("/proc/self/exe", failure);
  installation.programs = variable("EXO_BIN").empty() ? self.parent_path() : fs::path(variable("EXO_BIN"));
  if (!fs::exists(installation.programs / "exo-keeper", failure)) {
    return Error{"absent",
                 "the program exo-keeper is not in '" + installation.programs.string() +
                     (variable("EXO_BIN").empty()
                          ? "'; build exo completely, or name the folder of its programs in EXO_BIN"
                          : "', which EXO_BIN names; name the folder of exo's programs, or unset it")};
  }
  if (const std::string root = variable("EXO_ROOT"); !root.empty()) {
    installation.root = root;
    if (fs::exists(installation.root / kLoader, failure)) return installation;
    return Error{"absent", "EXO_ROOT is '" + root + "', but there is no '" + kLoader +
                               "' in it; name the folder that exo was cloned into, or unset it"};
  }
  for (fs::path folder = installation.programs; folder != folder.root_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / kLoader, failure)) {
      installation.root = folder;
      return installation;
    }
  }
  return Error{"absent", "no folder above '" + installation.programs.string() + "' holds '" + kLoader +
                             "'; name exo's folder in EXO_ROOT"};
}

LogBounds bounds_of(const LogSettings& logs) {
  constexpr unsigned kFiles = 4;
  return {.file_bytes = logs.bytes / kFiles, .old_files = kFiles - 1};
}

Launcher::Launcher(Context context, const Application& application)
    : context_(std::move(context)),
      application_(application),
      own_environment_(own_environment()),
      ports_(context_.ports) {}

Result<void> Launcher::write_secret(const std::string& file, const std::string& content,
                                    const UnixUser* user) {
  if (const auto written = write_file_atomically(file, content); !written) return written;
  if (user != nullptr && ::lchown(file.c_str(), user->credentials.uid, user->credentials.gid) != 0)
    return file_error("change the owner of", file, errno);
  return {};
}

Result<std::string> Launcher::make_token(const std::string& instance, const UnixUser* user) {
  std::string token = random_hex();
  if (const auto written = write_secret(token_file(instance), token + "\n", user); !written)
    return written.error();
  return token;
}

Result<std::string> Launcher::make_keys(const std::string& instance, const UnixUser* user) {
  if (context_.bus_key.empty()) return std::string();
  CurveIdentity identity{.server_key = context_.bus_key, .own = make_curve_keys()};
  if (const auto written = write_secret(keys_file(instance), format(identity), user); !written)
    return written.error();
  return std::move(identity.own.public_key);
}

std::string Launcher::token_file(const std::string& instance) const {
  return (context_.state.tokens() / instance).string();
}

std::string Launcher::keys_file(const std::string& instance) const {
  return token_file(instance) + ".curve";
}

// Back to exo's own user goes only what exo has handed over, which it does in a state of its own alone: in
// that of somebody else, who let root run their application once, everything stays theirs.
bool Launcher::may_be_handed_to(const UnixUser* user) const {
  if (context_.users.own() != 0) return false;
  return user != nullptr || context_.state.belongs_to(context_.users.own());
}

// Folders outlive the users of their services.
Result<void> Launcher::make_folder_of(const std::string& folder, const UnixUser* user) const {
  if (const auto made = make_folder(folder); !made) return made;
  if (!may_be_handed_to(user)) return {};
  return hand_over(folder, user == nullptr ? Credentials{} : user->credentials);
}

// What Python compiles it believes later, so nobody may write it for anybody else.
std::string Launcher::python_cache(const UnixUser* user) const {
  const std::string own = context_.state.python_cache().string();
  return user == nullptr ? own : own + "-" + std::to_string(user->credentials.uid);
}

Result<InstanceIdentity> Launcher::identity(const std::string& instance, const std::string& data,
                                            const UnixUser* user) {
  const std::string data_folder = (context_.state.data() / data).string();
  for (const std::string& folder : {data_folder, python_cache(user)}) {
    if (const auto made = make_folder_of(folder, user); !made) return made.error();
  }
  return InstanceIdentity{.instance = instance,
                          .environment = context_.state.environment(),
                          .bus = context_.bus,
                          .token_file = token_file(instance),
                          .curve_file = context_.bus_key.empty() ? "" : keys_file(instance),
                          .data_folder = data_folder,
                          .root = context_.installation.root.string(),
                          .programs = context_.installation.programs.string(),
                          .node_path = (context_.installation.root / "node_modules").string(),
                          .python = (context_.installation.root / kPython).string(),
                          .python_program = told_python(),
                          .python_path = (context_.installation.root / kPythonPath).string(),
                          .python_cache = python_cache(user),
                          .port = 0,
                          .gateway = std::nullopt,
                          .user = user};
}

std::string Launcher::told_python() const {
  const auto told = own_environment_.find("EXO_PYTHON");
  return told == own_environment_.end() ? "" : told->second;
}

std::vector<RoleAddress> Launcher::addresses() const {
  std::vector<RoleAddress> addresses;
  for (const auto& [role, port] : context_.public_ports) {
    addresses.push_back({.role = role, .type = ServiceType::kPublic, .host = kLoopback, .port = port});
  }
  return addresses;
}

Result<Launch> Launcher::instance(const ServiceVersion& version, const std::string& instance) {
  auto launch = prepare_instance(version, instance);
  if (launch) add_stop_within(version.stop_within, launch.value().process);
  if (!launch) forget(instance);
  return launch;
}

Result<Launch> Launcher::script(const rollout::StartScript& start, const std::string& instance) {
  auto launch = prepare_script(start, instance);
  if (launch) add_stop_within(kScriptStopWithin, launch.value().process);
  if (!launch) forget(instance);
  return launch;
}

Result<Launch> Launcher::prepare_instance(const ServiceVersion& version, const std::string& instance) {
  const std::string number = to_string(version.version);
  const std::string name = version.role + "-" + number;
  const UnixUser* user = context_.users.user_of(version);
  auto identity = this->identity(instance, data_folder_of(version), user);
  if (!identity) return identity.error();
  const auto port = ports_.take(instance);
  if (!port) return port.error();
  identity.value().port = port.value();
  auto token = make_token(instance, user);
  if (!token) return token.error();
  auto public_key = make_keys(instance, user);
  if (!public_key) return public_key.error();
  return Launch{
      .process = {.id = instance,
                  .role = version.role,
                  .argv = shell_command(version.run_command),
                  .folder = version.folder,
                  .environment = environment_of_instance(application_, version, identity.value(), addresses(),
                                                         own_environment_),
                  .log_file =
                      (context_.state.logs() / log_file_of_instances({version.role, number})).string(),
                  .log_bounds = bounds_of(application_.logs),
                  .limits = resource_limits(version.limits),
                  .user = process_user(user),
                  .awaited_text = version.ready.text,
                  .lock_file = "",
                  .note = to_text(
                      InstanceNote{.version = number, .port = port.value(), .artifact = version.copy_of})},
      .admission = {.instance = instance,
                    .role = version.role,
                    .version = number,
                    .token = std::move(token).value(),
                    .kind = PeerKind::kInstance,
                    .public_key = std::move(public_key).value()},
      .port = port.value()};
}

Result<Admission> Launcher::adopt(const ServiceVersion& version, const std::string& instance,
                                  std::uint16_t port) {
  constexpr std::size_t kTokenLimitBytes = 4096;
  const auto token = read_file(token_file(instance), kTokenLimitBytes);
  if (!token) return token.error();
  Admission admission{.instance = instance,
                      .role = version.role,
                      .version = to_string(version.version),
                      .token = token.value().substr(0, token.value().find('\n')),
                      .kind = PeerKind::kInstance};
  if (admission.token.empty()) return Error{"absent", token_file(instance) + " is empty"};
  if (!context_.bus_key.empty()) {
    auto keys = read_curve_identity(keys_file(instance));
    if (!keys) return keys.error();
    admission.public_key = std::move(keys.value().own.public_key);
  }
  if (port != 0) ports_.reserve(instance, port);
  return admission;
}

std::vector<std::string> Launcher::script_command(const Script& script) const {
  switch (script.kind) {
    case ScriptKind::kLoader:
      if (fs::path(script.path).extension() == ".py") {
        return {(context_.installation.root / kPythonLoader).string(), script.path};
      }
      return {"node", (context_.installation.root / kLoader).string(), script.path};
    case ScriptKind::kExecutable:
      return {script.path};
    case ScriptKind::kFolder:
      return shell_command(script.command);
  }
  return {};
}

Result<Launch> Launcher::prepare_script(const rollout::StartScript& start, const std::string& instance) {
  const VersionKey& key = start.key.version;
  const std::string role = bus_role(key);
  const ServiceVersion* version = application_.find_version(key.role, key.version);
  if (version == nullptr) {
    return Error{"absent",
                 "the application holds no " + to_text(key) + " for the script " + start.script.name};
  }
  const UnixUser* user = context_.users.user_of(start.script, *version);
  const auto identity = this->identity(instance, role, user);
  if (!identity) return identity.error();
  auto token = make_token(instance, user);
  if (!token) return token.error();
  auto public_key = make_keys(instance, user);
  if (!public_key) return public_key.error();
  return Launch{
      .process =
          {.id = instance,
           .role = role,
           .argv = script_command(start.script),
           .folder = start.script.folder,
           .environment =
               environment_of_script(application_, *version, identity.value(), addresses(), own_environment_),
           .log_file =
               (context_.state.logs() / log_file_of_attempt(start.key.id.run, start.key.id.attempt)).string(),
           .log_bounds = bounds_of(application_.logs),
           .limits = {},
           .user = process_user(user),
           .awaited_text = "",
           // Of all phases, since the script that a host has left behind may be at another one.
           .lock_file = (context_.state.runs() / (key.role + "-" + key.version + ".lock")).string(),
           .note = ""},
      .admission = {.instance = instance,
                    .role = role,
                    .version = key.version,
                    .token = std::move(token).value(),
                    .kind = PeerKind::kScript,
                    .public_key = std::move(public_key).value()},
      .port = 0};
}

Result<ProcessSpec> Launcher::load_command(const rollout::AttemptKey& attempt, const Script& script,
                                           const std::string& command, const std::string& id) {
  const VersionKey& key = attempt.version;
  const ServiceVersion* version = application_.find_version(key.role, key.version);
  if (version == nullptr) return Error{"absent", "the application holds no " + to_text(key)};
  const UnixUser* user = context_.users.user_of(script, *version);
  const auto identity = this->identity(id, bus_role(key), user);
  if (!identity) return identity.error();
  auto environment =
      environment_of_script(application_, *version, identity.value(), addresses(), own_environment_);
  std::erase_if(environment, [](const auto& variable) {
    return variable.first == "EXO_TOKEN_FILE" || variable.first == "EXO_CURVE_FILE" ||
           variable.first == "EXO_INSTANCE";
  });
  return ProcessSpec{.id = id,
                     .role = bus_role(key),
                     .argv = {"/bin/sh", "-c", command},
                     .folder = script.folder,
                     .environment = std::move(environment),
                     .log_file = "",
                     .limits = {},
                     .user = process_user(user),
                     .awaited_text = "",
                     .lock_file = (context_.state.runs() / (attempt.id.run + "-load.lock")).string(),
                     .note = ""};
}

void Launcher::forget(const std::string& instance) {
  ports_.give_back(instance);
  ::unlink(token_file(instance).c_str());
  ::unlink(keys_file(instance).c_str());
}

}  // namespace exo

#include "services/service_file.h"

#include <algorithm>
#include <charconv>

#include "base/duration.h"
#include "base/nearest_word.h"
#include "base/text.h"
#include "services/names.h"
#include "services/unhonoured_keys.h"

namespace exo {
namespace {

// What the kernel takes for one argument or variable, with room for the name and the "exec " before it.
constexpr std::size_t kMaxCommandBytes = 100 * 1024;
constexpr std::size_t kMaxVariableBytes = 100 * 1024;

// Keys of the Exosphere tools that mean nothing to exo stand here so that only misspelled ones are refused.
const std::vector<std::string> kServiceKeys{
    "type",        "name",       "title",    "description", "author",   "license",         "version",
    "development", "production", "local",    "remote",      "startup",  "setup",           "tests",
    "restart",     "docker",     "messages", "environment", "data",     "dependency-data", "dependencies",
    "readiness",   "requires",   "ready",    "depends-on",  "restarts", "stop-within",     "limits",
    "user",        "artifact"};
const std::vector<std::string> kDevelopmentKeys{"port", "scripts", "dependencies", "environment",
                                                "environment-variables"};
const std::vector<std::string> kLocalKeys{"environment-variables", "secrets", "dependencies", "environment"};

void set_variable(EnvironmentBlock& block, const std::string& name, const std::string& value) {
  for (auto& [known, known_value] : block.variables) {
    if (known != name) continue;
    known_value = value;
    return;
  }
  block.variables.emplace_back(name, value);
}

void read_variables(ConfigurationFile& file, const Field& map, EnvironmentBlock& into) {
  for (const auto& [name, value] : file.named_texts(map)) {
    const std::string key = map.key + "." + printable(name.text, 80);
    const std::string fault = fault_of_variable_name(name.text);
    if (!fault.empty()) {
      file.add_mistake(name.line, key, value, in_quotes(name.text) + " " + fault);
    } else if (is_variable_of_exo(name.text)) {
      file.add_mistake(name.line, key, value,
                       name.text + " is given to every instance by exo; choose another name");
    } else if (value.size() > kMaxVariableBytes) {
      file.add_mistake(name.line, key, value,
                       "the value is longer than " + std::to_string(kMaxVariableBytes) +
                           " bytes, which no process can be given; put it into a file");
    } else if (is_variable_decided_by_exo(name.text)) {
      file.add_notice(name.line, name.text + " is decided by exo for each instance; this value is not used");
    } else {
      set_variable(into, name.text, value);
    }
  }
}

void read_secrets(ConfigurationFile& file, const Field& list, EnvironmentBlock& into) {
  for (const PlacedText& secret : file.texts(list, "name of a secret")) {
    const std::string fault = fault_of_variable_name(secret.text);
    if (!fault.empty()) {
      file.add_mistake(secret.line, list.key, secret.text, in_quotes(secret.text) + " " + fault);
    } else if (is_variable_of_exo(secret.text) || is_variable_decided_by_exo(secret.text)) {
      file.add_mistake(secret.line, list.key, secret.text,
                       secret.text + " is given to every instance by exo and is no secret; leave it out");
    } else if (std::find(into.secrets.begin(), into.secrets.end(), secret.text) == into.secrets.end()) {
      into.secrets.push_back(secret.text);
      into.secret_places[secret.text] = {.file = file.name(), .line = secret.line, .key = list.key};
    }
  }
}

// A whole number from `low` to `high`; nothing when the text is not one.
std::optional<int> number_between(std::string_view text, int low, int high) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < low || number > high)
    return std::nullopt;
  return number;
}

std::string one_of(const std::vector<std::string>& words) {
  std::vector<std::string> words_quoted;
  words_quoted.reserve(words.size());
  for (const std::string& word : words) words_quoted.push_back("\"" + word + "\"");
  return join_for_people(words_quoted, " or ");
}

// Reads the parts of one service.yml into one version.
class ServiceReader {
 public:
  ServiceReader(ConfigurationFile& file, const ServiceContext& context) : file_(file), context_(context) {
    version_.role = context.role;
    version_.folder = context.folder;
    version_.service_file = file.name();
  }

  ServiceVersion read() {
    file_.allow_keys(root_, kServiceKeys);
    note_unhonoured_keys(file_, root_);
    read_description();
    read_version();
    read_type();
    read_development();
    read_messages();
    read_environments();
    read_data();
    version_.required_versions =
        read_required_versions(file_, at("requires"), version_.role, version_.version);
    read_readiness();
    read_ready();
    version_.dependencies = read_dependencies(file_, at("depends-on"), version_.role);
    version_.restarts = read_restart_rules(file_, at("restarts"));
    version_.stop_within = read_stop_within(file_, at("stop-within"));
    version_.limits = read_limits(file_, at("limits"));
    version_.user = read_user(file_, at("user"));
    version_.artifact = read_artifact_rules(file_, at("artifact"));
    return std::move(version_);
  }

 private:
  Field at(std::string_view path) const { return ConfigurationFile::at_path(root_, path); }

  void read_description() {
    if (const auto text = file_.text(at("description"))) version_.description = text->text;
  }

  void read_version() {
    const Field field = at("version");
    if (field.is_absent()) {
      version_.version_stated = false;
      version_.version = SemanticVersion{.major = 0, .minor = 0, .patch = 1, .prerelease = {}, .build = {}};
      if (context_.version_rule == ServiceContext::VersionRule::kMustBeStated) {
        file_.add_missing(
            0, field,
            "missing; a service with several versions says which one this is. Add \"version: 0.0.1\"");
      }
      return;
    }
    const auto text = file_.text(field);
    if (!text) return;
    const auto parsed = parse_semantic_version(text->text);
    if (parsed.ok()) {
      version_.version = parsed.value();
    } else {
      version_.version_stated = false;  // other mistakes must not speak of a version that nobody wrote
      file_.add_mistake(field, parsed.error().message);
    }
  }

  // In the older layout `type` is the name of the template that the service was made from, and says nothing.
  void read_type() {
    const auto text = file_.text(at("type"));
    if (context_.type) {
      version_.type = *context_.type;
    } else if (text) {
      const std::vector<std::string> words{"public", "private", "worker"};
      if (text->text == "public")
        version_.type = ServiceType::kPublic;
      else if (text->text == "private")
        version_.type = ServiceType::kPrivate;
      else if (text->text == "worker")
        version_.type = ServiceType::kWorker;
      else {
        file_
            .add_mistake(at("type"), in_quotes(text->text) + " is not a type of service; write " +
                                         one_of(words) + did_you_mean(text->text, words))
            .nearest = nearest_word(text->text, words);
      }
    }
  }

  void read_development() {
    if (file_.is_map(at("development"))) file_.allow_keys(at("development"), kDevelopmentKeys);
    if (file_.is_map(at("startup"))) file_.allow_keys(at("startup"), {"command", "online-text"});
    read_run_command();
    const Field field = at("development.port");
    const auto text = file_.text(field);
    if (!text) return;
    const auto port = number_between(text->text, 1, 65535);
    if (port) {
      version_.port = static_cast<std::uint16_t>(*port);
      version_.port_line = text->line;
    } else {
      file_.add_mistake(field, in_quotes(text->text) + " is not a port; write a number from 1 to 65535");
    }
  }

  // The command is read from `startup.command`, as the older layout has it, where there is no run script.
  void read_run_command() {
    const Field scripts = at("development.scripts");
    file_.is_map(scripts);
    const Field run = at("development.scripts.run");
    const Field field = run.is_absent() && !at("startup.command").is_absent() ? at("startup.command") : run;
    if (field.is_absent()) {
      add_missing_run_command(scripts);
      return;
    }
    const auto text = file_.text(field);
    if (!text) return;
    const std::string_view command = trim(text->text);
    if (command.empty()) {
      file_.add_mistake(field,
                        "is empty; write the command that starts the service, as in \"node server.js\"");
    } else if (command.find('\n') != std::string_view::npos) {
      file_.add_mistake(
          field, "has several lines; write one command, and put the others into a script that it runs");
    } else if (command.size() > kMaxCommandBytes) {
      file_.add_mistake(
          field, "is longer than " + std::to_string(kMaxCommandBytes) + " bytes; put it into a script");
    } else {
      version_.run_command = command;
      version_.run_command_line = text->line;
    }
  }

  void add_missing_run_command(const Field& scripts) {
    std::vector<std::string> stated;
    if (!scripts.is_absent()) {
      for (const YamlEntry& entry : scripts.node->entries) stated.push_back(entry.key);
    }
    const std::string near = nearest_word("run", stated);
    const int line = scripts.is_absent() ? 0 : scripts.node->line;
    file_.add_missing(line, at("development.scripts.run"),
                      near.empty()
                          ? "missing; add the command that starts the service, as in \"run: node server.js\""
                          : "missing; is " + in_quotes(near) + " meant to be \"run\"?");
  }

  void read_messages() {
    MessageContract contract = context_.contract;
    file_.is_map(at("dependency-data"));
    read_contract(file_, at("dependency-data.exocom"), contract);
    read_contract(file_, at("messages"), contract);
    for (const Notice& notice : unused_translations(contract)) file_.add_notice(notice);
    version_.sends = contract.sends;
    version_.sends_places = contract.sends_places;
    version_.receives = contract.receives;
    version_.at_least_once = contract.at_least_once;
    for (const auto& translation : contract.translations) version_.translations.push_back(translation.names);
  }

  void read_environments() {
    EnvironmentBlock block = context_.environment;
    if (file_.is_map(at("environment"))) {
      file_.allow_keys(at("environment"),
                       {"default", "development", "local", "production", "remote", "secrets"});
      for (const char* key : {"default", "development", "local"}) {
        read_variables(file_, ConfigurationFile::at(at("environment"), key), block);
      }
      read_secrets(file_, at("environment.secrets"), block);
    }
    if (file_.is_map(at("local"))) file_.allow_keys(at("local"), kLocalKeys);
    read_environment(file_, at("local"), block);
    version_.environment_variables = std::move(block.variables);
    version_.secrets = std::move(block.secrets);
    version_.secret_places = std::move(block.secret_places);
  }

  void read_data() {
    const auto text = file_.text(at("data"));
    if (!text) return;
    const std::vector<std::string> words{"shared", "own"};
    if (text->text == "shared")
      version_.data = DataSharing::kShared;
    else if (text->text == "own")
      version_.data = DataSharing::kOwn;
    else {
      file_.add_mistake(at("data"), in_quotes(text->text) +
                                        " is not a way to keep data; write \"shared\" (all versions "
                                        "of the role use one folder) or \"own\" (each has its own)");
    }
  }

  // The older layout has a text only.
  void read_ready() {
    version_.ready = read_readiness_rules(file_, at("ready"));
    const auto online_text = file_.text(at("startup.online-text"));
    if (online_text && version_.ready.text.empty()) version_.ready.text = online_text->text;
  }

  void read_readiness() {
    const Field field = at("readiness");
    const auto text = file_.text(field);
    if (!text) return;
    const int most = static_cast<int>(kMaxReadiness.count());
    const auto plain = number_between(text->text, 1, most);
    if (plain) {
      version_.readiness = std::chrono::seconds(*plain);
      return;
    }
    const auto duration = parse_duration(text->text);
    if (duration.ok() && duration.value() >= std::chrono::seconds(1) && duration.value() <= kMaxReadiness) {
      version_.readiness = std::chrono::duration_cast<std::chrono::seconds>(duration.value());
      return;
    }
    file_.add_mistake(field, in_quotes(text->text) +
                                 " is not a time to wait for an instance; write seconds from 1 to " +
                                 std::to_string(most) + ", as in \"60\"");
  }

  ConfigurationFile& file_;
  const ServiceContext& context_;
  const Field root_ = file_.root();
  ServiceVersion version_;
};

}  // namespace

void read_environment(ConfigurationFile& file, const Field& block, EnvironmentBlock& into) {
  read_variables(file, ConfigurationFile::at(block, "environment-variables"), into);
  read_secrets(file, ConfigurationFile::at(block, "secrets"), into);
}

ServiceVersion read_service_file(ConfigurationFile& file, const ServiceContext& context) {
  return ServiceReader(file, context).read();
}

}  // namespace exo

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "base/unix_user.h"
#include "cli/host_choices.h"
#include "cli/verb.h"
#include "host/application_check.h"
#include "host/launcher.h"
#include "host/service_unit.h"

namespace exo {
namespace {

constexpr std::size_t kLongestUnit = std::size_t{1} << 20U;

struct ServiceOptions {
  ApplicationOptions application;
  HostChoices host;
  std::string user;
  std::string folder;
  bool print = false;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

// What a host needs of the shell that exo is typed in now: systemd gives it little.
std::map<std::string, std::string> variables_to_keep() {
  std::map<std::string, std::string> kept;
  for (const char* name : {"PATH", "EXO_HOME"}) {
    if (std::string value = variable(name); !value.empty()) kept[name] = std::move(value);
  }
  return kept;
}

Result<ServiceUnit> make_unit(const ServiceOptions& options) {
  if (const auto parsed = parse(options.host); !parsed) return parsed.error();
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = StateFolder::of(application.value(), options.application.environment);
  if (!state) return state.error();
  const ApplicationCheck check = check_application({.application = application.value(),
                                                    .ports = {},
                                                    .environment = own_environment(),
                                                    .state = state.value(),
                                                    .port_check = PortCheck::kNone});
  if (!check.mistakes.empty()) return to_error(check.mistakes);
  const auto installation = find_installation();
  if (!installation) return installation.error();
  const bool is_root = ::geteuid() == 0;
  if (!options.user.empty()) {
    if (!is_root)
      return Error{
          "usage",
          "--user is for root, who installs for the whole machine; leave it out to install for yourself"};
    if (const auto user = find_user(options.user); !user) return user.error();
  }
  return ServiceUnit{.application = check.application->name,
                     .environment = options.application.environment,
                     .folder = application.value().string(),
                     .program = (installation.value().programs / "exo").string(),
                     .words = words_of(options.host),
                     .user = options.user,
                     .variables = variables_to_keep(),
                     .of = is_root ? ServiceUnit::Of::kSystem : ServiceUnit::Of::kUser};
}

// systemd.unit(5): where an administrator's units are, and a user's own.
Result<std::filesystem::path> folder_of_units(const ServiceOptions& options, ServiceUnit::Of of) {
  if (!options.folder.empty()) return std::filesystem::absolute(options.folder);
  if (of == ServiceUnit::Of::kSystem) return std::filesystem::path("/etc/systemd/system");
  const std::string config = variable("XDG_CONFIG_HOME");
  if (!config.empty()) return std::filesystem::path(config) / "systemd/user";
  const std::string home = variable("HOME");
  if (home.empty())
    return Error{"usage",
                 "HOME is not set, so that nobody knows where your units are; say it: --folder FOLDER"};
  return std::filesystem::path(home) / ".config/systemd/user";
}

Result<void> write_unit(const std::filesystem::path& file, const std::string& text) {
  std::error_code failure;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, failure))) {
    const auto there = read_file(file.string(), kLongestUnit);
    if (!there) return there.error();
    if (!is_rendered(there.value()))
      return Error{"taken", file.string() +
                                " is there already, and exo has not written it; move it away, or see what "
                                "exo would write: exo service install --print"};
  }
  if (const auto made = make_folder(file.parent_path().string()); !made) return made;
  return write_file_atomically(file.string(), text);
}

int install(const ServiceOptions& options) {
  const auto unit = make_unit(options);
  if (!unit) return report(unit.error());
  const auto text = render(unit.value());
  if (!text) return report(text.error());
  if (options.print) return print(text.value()) ? kExitDone : report_unwritten();
  const auto folder = folder_of_units(options, unit.value().of);
  if (!folder) return report(folder.error());
  const std::string name = unit_name(unit.value());
  const std::filesystem::path file = folder.value() / name;
  if (const auto written = write_unit(file, text.value()); !written) return report(written.error());
  const std::string systemctl =
      unit.value().of == ServiceUnit::Of::kSystem ? "systemctl" : "systemctl --user";
  const std::string lingers = unit.value().of == ServiceUnit::Of::kSystem
                                  ? ""
                                  : "so that it runs without you being logged in: loginctl enable-linger\n";
  const std::string said = "wrote " + file.string() + "\nstart it, now and with the machine: " + systemctl +
                           " daemon-reload && " + systemctl + " enable --now " + shell_word(name) + "\n" +
                           lingers;
  return print(said) ? kExitDone : report_unwritten();
}

}  // namespace

void add_service(CLI::App& exo, int& exit_code) {
  CLI::App* verb = exo.add_subcommand("service", "exo host as a service of systemd");
  verb->require_subcommand(1);
  const auto options = std::make_shared<ServiceOptions>();
  CLI::App* installing = verb->add_subcommand(
      "install", "Writes the unit by which systemd runs exo host: the machine's, or without root your own");
  add_application_options(*installing, options->application);
  add_host_choices(*installing, options->host);
  installing
      ->add_option("--user", options->user,
                   "Whose processes the host and its fleet are; root's where it is left out")
      ->type_name("NAME");
  installing
      ->add_option("--folder", options->folder, "Where the unit's file goes, instead of where systemd looks")
      ->type_name("FOLDER");
  installing->add_flag("--print", options->print, "Print the unit, and write nothing");
  installing->footer(
      "systemctl stop and restart end the host alone: its services go on, and the next host finds them. exo "
      "stop ends them.\n"
      "PATH and EXO_HOME of now are the unit's; typed again it writes the unit anew.\n"
      "Example:\n  exo service install examples/todo-app --environment production --print");
  installing->callback([options, &exit_code] { exit_code = install(*options); });
}

}  // namespace exo

#include "host/application_diagnosis.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "base/unix_user.h"
#include "host/application_check.h"
#include "host/launcher.h"
#include "host/ledger_owner.h"
#include "host/ledger_recovery.h"
#include "host/ledger_traces.h"
#include "host/machine_diagnosis.h"
#include "ledger/ledger_error.h"
#include "ledger/ownership.h"
#include "ledger/sqlite_ledger.h"
#include "services/forwarder/listening_sockets.h"
#include "services/forwarder/port_holder.h"
#include "services/missing_program.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

// Below this a busy night of logs fills the disk, and the ledger with it.
constexpr std::uintmax_t kRoomNeededBytes = 256ULL * 1024 * 1024;

// The folder itself where it is there, else the nearest above it that is.
fs::path nearest_existing(fs::path folder) {
  std::error_code error;
  while (!fs::exists(folder, error) && folder != folder.root_path()) folder = folder.parent_path();
  return folder;
}

class ApplicationDiagnosis {
 public:
  explicit ApplicationDiagnosis(std::optional<StateFolder> state) : state_(std::move(state)) {
    if (state_) folder_ = state_->application();
  }
  ApplicationDiagnosis(fs::path application, const Error& closed)
      : folder_(std::move(application)), closed_(closed.message) {}

  Diagnosis run() {
    if (folder_) {
      check_ = check_application(
          {.application = *folder_, .ports = {}, .environment = own_environment(), .state = state_});
      if (check_.application) diagnosis_.application = check_.application->name;
    }
    look_at_exo();
    add(diagnose_machine());
    add(diagnose_limits(check_.application ? versions_of(*check_.application).size() : 1));
    if (!folder_) {
      add(note("application", "none here; name its folder to look at what it needs"));
      return std::move(diagnosis_);
    }
    look_at_application();
    if (state_) {
      look_at_state_folder();
      look_at_ledger();
    } else {
      tell_what_is_closed();
    }
    look_at_ports();
    look_at_trust();
    return std::move(diagnosis_);
  }

 private:
  void add(Finding finding) { diagnosis_.findings.push_back(std::move(finding)); }
  void add(std::vector<Finding> findings) {
    for (Finding& finding : findings) add(std::move(finding));
  }

  void look_at_exo() {
    const auto installation = find_installation();
    if (!installation) {
      add(lacking("exo", installation.error().message,
                  "build exo completely: bin/exo builds what is missing"));
      return;
    }
    const std::string keeper = (installation.value().programs / "exo-keeper").string();
    add(::access(keeper.c_str(), X_OK) == 0 ? ok("exo", "its keeper is " + keeper)
                                            : lacking("exo", "its keeper " + keeper + " may not be executed",
                                                      "type: chmod +x " + shell_word(keeper)));
    add(diagnose_node(installation.value(),
                      need_of({"node", "npm", "npx", "exo-script"}, {".js", ".cjs", ".mjs"})));
    add(diagnose_python(installation.value(), need_of({"python", "python3", "exo-python"}, {".py"})));
  }

  // Whether a run command names one of the programs, or a script has one of the endings. Without an
  // application everything counts as needed.
  Need need_of(const std::vector<std::string>& programs, const std::vector<std::string>& endings) const {
    if (!check_.application) return Need::kNeeded;
    const auto names_one = [&](const std::string& command) {
      for (const std::string_view word : split(command, ' ')) {
        const std::string name = fs::path(std::string(word)).filename().string();
        if (std::find(programs.begin(), programs.end(), name) != programs.end()) return true;
      }
      return false;
    };
    for (const Role& role : check_.application->roles) {
      for (const ServiceVersion& version : role.versions) {
        if (names_one(version.run_command)) return Need::kNeeded;
      }
    }
    for (const Script& script : check_.catalog.scripts) {
      const std::string ending = fs::path(script.path).extension().string();
      const bool is_loaded = script.kind == ScriptKind::kLoader &&
                             std::find(endings.begin(), endings.end(), ending) != endings.end();
      if (is_loaded || names_one(script.command)) return Need::kNeeded;
    }
    return Need::kNotNeeded;
  }

  void look_at_application() {
    const std::string how = "type: exo check " + shell_word(folder_->string());
    const std::size_t mistakes = check_.mistakes.size();
    if (mistakes > 0) {
      add(lacking("application",
                  "its files have " + (mistakes == 1 ? "a mistake" : std::to_string(mistakes) + " mistakes") +
                      ", because of which exo run would refuse to start",
                  how));
    }
    if (check_.application) {
      for (const Notice& program : missing_programs(*check_.application, own_environment())) {
        add(lacking("program", to_string(program), "install it, or mend the command in " + program.file));
      }
    }
    if (mistakes == 0) add(ok("application", "its files have no mistake"));
    for (const Notice& key : check_.unhonoured) add(note("not honoured", to_string(key)));
  }

  void tell_what_is_closed() {
    add(lacking("state", closed_,
                "look again as its owner: the ledger, whether a host runs and the room on its disk were not "
                "looked at"));
  }

  void look_at_state_folder() {
    const fs::path folder = nearest_existing(state_->path());
    const std::string name = state_->path().string();
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) {
      const Error error = file_error("read", folder.string(), errno);
      return add(lacking("state", error.message, "give this user the right to read it, or set EXO_HOME"));
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
      const std::string why = std::generic_category().message(errno);
      return add(lacking(
          "state",
          "nothing can be written in " + folder.string() + ": " + why + " (it belongs to " +
              user_name(status.st_uid) + ", and you are " + user_name(::geteuid()) + ")",
          "run exo as its owner, or set EXO_HOME to a folder of yours on a disk that can be written"));
    }
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0) return;
    const std::uintmax_t room = static_cast<std::uintmax_t>(disk.f_bavail) * disk.f_frsize;
    const bool has_names = disk.f_files == 0 || disk.f_favail > 0;  // some file systems count none
    const std::string megabytes = std::to_string(room / (1024 * 1024)) + " MiB";
    if (room < kRoomNeededBytes || !has_names) {
      return add(lacking("state",
                         "the disk of " + name + " has room for " +
                             (has_names ? megabytes : "no more files") +
                             "; without room for the ledger nothing may be decided",
                         "make room for at least " + std::to_string(kRoomNeededBytes / (1024 * 1024)) +
                             " MiB, or set EXO_HOME to a folder on another disk"));
    }
    add(ok("state", name + " can be written, " + megabytes + " are free"));
  }

  void look_at_ledger() {
    const auto owner = find_host(state_->path().string());
    if (!owner) {
      return add(lacking("ledger", owner.error().message, "give this user the right to read it"));
    }
    if (owner.value()) {
      host_ = owner.value()->pid;
      return add(ok("host", "one runs: " + describe(*owner.value())));
    }
    const auto ledger = open_ledger_for_reading(*state_);
    if (!ledger && ledger.error().code == ledger_error::kAbsent) {
      return add(ok("ledger", "nothing has run in " + state_->environment() + " yet"));
    }
    if (!ledger) {
      return add(lacking("ledger", with_way_out(ledger.error(), *state_).message,
                         "docs/ledger.md says what each of its refusals asks for"));
    }
    add(ok("ledger", "holds " + std::to_string(ledger.value()->position()) + " events; no host runs"));
  }

  void look_at_ports() {
    if (!check_.application) return;
    for (const Role& role : check_.application->roles) {
      if (!role.is_public || role.public_port == 0) continue;
      look_at_port({.role = role.name,
                    .port = role.public_port,
                    .stated_in = role.port_file + ":" + std::to_string(role.port_line)});
    }
  }

  void look_at_port(const Forwarder::Listen& listen) {
    const std::string port =
        std::to_string(listen.port) + " of \"" + listen.role + "\" (" + listen.stated_in + ")";
    const auto opened = open_listening_sockets(listen);
    if (opened) return add(ok("port", port + " is free"));
    const auto holder = find_port_holder(listen.port);
    if (holder && host_ != 0 && holder->pid == host_) {
      return add(ok("port", port + " is open: the host that runs listens there"));
    }
    if (!state_) {
      return add(note("port", port + " is taken; nobody else may look whether by the host that runs"));
    }
    add(lacking("port", opened.error().message,
                "for one start any free port does: exo run --port " + listen.role + "=0"));
  }

  void look_at_trust() {
    if (check_.application && has_unknown_users()) {
      return add(note("trust", "nobody can say as long as services have users that are not there"));
    }
    std::map<uid_t, std::vector<std::string>> services;
    if (check_.application) services = services_by_user();
    const auto own = services.find(check_.users.own());
    if (services.empty() || (services.size() == 1 && own != services.end())) {
      return add(note("trust", "all services run as " + user_name(::geteuid()) +
                                   ": tokens and secrets protect against mistakes, not against a service "
                                   "that means harm"));
    }
    if (!check_.gaps.empty()) {
      const CustodyGap& gap = check_.gaps.front();
      return add(
          lacking("trust",
                  "services have users of their own, and nothing keeps them from the rights of root: " +
                      to_string(Notice{gap.place.file, gap.place.line, gap.meaning}),
                  gap.mend));
    }
    std::vector<std::string> users;
    for (const auto& [uid, names] : services) {
      if (uid != check_.users.own()) users.push_back(join_for_people(names) + " as " + user_name(uid));
    }
    add(note("trust", "these run as users of their own: " + join(users, "; ") +
                          ". Their tokens, secrets and data are closed to the others; services of one user "
                          "are not closed to each other" +
                          (own == services.end() ? ""
                                                 : ". As exo itself, which may do anything here, run: " +
                                                       join_for_people(own->second))));
  }

  bool has_unknown_users() const {
    for (const Role& role : check_.application->roles) {
      for (const ServiceVersion& version : role.versions) {
        if (!check_.users.number_of(version)) return true;
      }
    }
    return false;
  }

  // All of them are there.
  std::map<uid_t, std::vector<std::string>> services_by_user() const {
    std::map<uid_t, std::vector<std::string>> services;
    for (const Role& role : check_.application->roles) {
      for (const ServiceVersion& version : role.versions)
        services[*check_.users.number_of(version)].push_back(to_string(version));
    }
    return services;
  }

  std::optional<StateFolder> state_;  // absent: no application, or one whose state may not be entered
  std::optional<fs::path> folder_;    // of the application
  std::string closed_;                // why its state may not be entered
  ApplicationCheck check_;
  pid_t host_ = 0;  // of the host that runs; 0: none
  Diagnosis diagnosis_;
};

}  // namespace

Diagnosis diagnose(const std::optional<StateFolder>& state) {
  return ApplicationDiagnosis(state).run();
}

Diagnosis diagnose_without_state(const std::filesystem::path& application, const Error& closed) {
  return ApplicationDiagnosis(application, closed).run();
}

}  // namespace exo

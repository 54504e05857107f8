#include "host/user_check.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "base/nearest_word.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "host/launcher.h"
#include "host/user_access.h"
#include "services/missing_program.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using Deed = AccessQuestion::Deed;

// Something that runs: a service version, or the deployment script of one.
struct Runner {
  std::string name;  // "todo@0.0.1", "the deployment script of todo@0.0.1"
  const WantedUser* wanted = nullptr;
  std::string folder;   // in which it runs
  std::string file;     // that it is, or else
  std::string command;  // that starts it
  Deed deed = Deed::kRead;
  Place command_place;
  std::string path;  // where programs are looked for
};

Runner runner_of(const ServiceVersion& version, const Variables& environment) {
  return {.name = to_string(version),
          .wanted = &version.user,
          .folder = version.folder,
          .file = "",
          .command = version.run_command,
          .command_place = {.file = version.service_file, .line = version.run_command_line, .key = ""},
          .path = path_of(version, environment)};
}

Runner runner_of(const Script& script, const ServiceVersion& version, const Variables& environment) {
  const bool is_folder = script.kind == ScriptKind::kFolder;
  return {
      .name = "the deployment script of " + to_text(script.brings_in),
      .wanted = &wanted_user(script, version),
      .folder = script.folder,
      .file = is_folder ? "" : script.path,
      .command = script.command,
      .deed = script.kind == ScriptKind::kExecutable ? Deed::kExecute : Deed::kRead,
      .command_place = is_folder ? script.command_place : Place{.file = script.name, .line = 0, .key = ""},
      .path = path_of(version, environment)};
}

// Where a program may be, by what the command says and by PATH.
std::vector<std::string> places_of(const std::string& program, const Runner& runner) {
  const fs::path folder = runner.folder;
  if (program.find('/') != std::string::npos) return {(folder / program).lexically_normal().string()};
  std::vector<std::string> places;
  for (const std::string_view part : split(runner.path, ':'))
    places.push_back((folder / part / program).string());
  return places;
}

// The files that the words behind the program name.
std::vector<std::string> files_in(const std::string& command, const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  const auto words = split(command, ' ');
  for (std::size_t i = 1; i < words.size(); ++i) {
    const fs::path file = folder / words[i];
    if (!words[i].empty() && fs::is_regular_file(file, error)) files.push_back(file.string());
  }
  return files;
}

class UserCheck {
 public:
  UserCheck(const Application& application, const ScriptCatalog& catalog, const ServiceUsers& users,
            const Variables& environment, const StateFolder* state)
      : application_(application),
        catalog_(catalog),
        users_(users),
        environment_(environment),
        state_(state) {}

  UserFindings run() {
    look_at_state();
    for (const Role& role : application_.roles) {
      for (const ServiceVersion& version : role.versions) {
        look_at(runner_of(version, environment_));
        look_at_limits(version);
      }
      look_at_shared_data(role);
    }
    for (const Script& script : catalog_.scripts) {
      const VersionKey& key = script.brings_in;
      const ServiceVersion* version = application_.find_version(key.role, key.version);
      if (version != nullptr) look_at(runner_of(script, *version, environment_));
    }
    return std::move(findings_);
  }

 private:
  void look_at(const Runner& runner) {
    if (!runner.wanted->is_stated()) return;
    const UnixUser* user = users_.named(*runner.wanted);
    if (user == nullptr) {
      add_unknown(*runner.wanted);
    } else if (user->credentials.uid == users_.own()) {
      return;
    } else if (users_.own() != 0) {
      add(*runner.wanted, "exo runs as " + user_name(users_.own()) +
                              ", and only root may start a service as " + in_quotes(user->name) +
                              "; start exo as root, or leave `user` out");
    } else {
      look_at_rights(runner, *user);
    }
  }

  void add_unknown(const WantedUser& wanted) {
    const std::vector<std::string> names = user_names();
    const std::string near = nearest_word(wanted.name, names);
    add(wanted, "there is no user " + in_quotes(wanted.name) + " on this machine" +
                    (near.empty() ? "; make it, as with: adduser --system --group " + printable(wanted.name)
                                  : did_you_mean(wanted.name, names)))
        .nearest = near;
  }

  void look_at_rights(const Runner& runner, const UnixUser& user) {
    if (!may_enter(runner, user, application_.folder, "the application's folder")) return;
    if (!may_enter(runner, user, state_home(), "EXO_HOME")) return;
    if (!may_enter(runner, user, runner.folder, "the folder of " + runner.name)) return;
    look_at_exo(runner, user);
    if (looked_at_gaps_of_.insert(user.credentials.uid).second) look_at_gaps(runner, user);
    if (!runner.file.empty()) look_at_file(runner, user, runner.file, runner.deed);
    if (!runner.command.empty()) look_at_command(runner, user);
  }

  // Whoever ran exo here before, or may write here, is found whether a service has that user or not.
  void look_at_state() {
    if (state_ == nullptr || users_.others().empty()) return;
    for (CustodyGap& gap : find_custody_gaps(*state_, users_.own())) add_mistake(std::move(gap));
  }

  // What would take the rights of root at once is a mistake. What would take a next start, which somebody
  // decides on who can look before, is a warning.
  void look_at_gaps(const Runner& runner, const UnixUser& user) {
    if (state_ != nullptr) {
      auto gap =
          gap_in(runner, user, folders_above_state(),
                 ", which holds exo's state, so that it could put another in its place and become root",
                 ", or set EXO_HOME to a folder that is root's alone, as /var/lib/exo; where services "
                 "need not be kept apart, as in development, leave `user` out");
      if (gap) return add_mistake(std::move(*gap));
    }
    auto gap = gap_in(runner, user, what_decides_for(user),
                      ", and could change there what exo starts as root the next time",
                      "; where services need not be kept apart, as in development, leave `user` out");
    if (!gap) return;
    warn(gap->place, gap->meaning + "; " + gap->mend);
    findings_.gaps.push_back(std::move(*gap));
  }

  // Whose the last one is, look_at_state() has seen.
  std::vector<std::string> folders_above_state() const {
    const fs::path home = state_->path().parent_path();
    std::vector<std::string> folders = folders_on_the_way(home.string());
    std::error_code error;
    if (folders.back() == fs::weakly_canonical(home, error)) folders.pop_back();
    return folders;
  }

  static std::optional<CustodyGap> gap_in(const Runner& runner, const UnixUser& user,
                                          const std::vector<std::string>& paths, const std::string& meaning,
                                          const std::string& otherwise) {
    const auto found = first_changeable(user, paths);
    if (!found || found.value().path.empty()) return std::nullopt;
    const auto& [path, is_owned] = found.value();
    return CustodyGap{.place = runner.wanted->place,
                      .meaning = "the user " + in_quotes(user.name) + (is_owned ? " owns " : " may write ") +
                                 path + meaning,
                      .mend = (is_owned ? "type: chown root " : "type: chmod go-w ") + path + otherwise};
  }

  // The files that say what runs as whom, what runs as somebody else than this user, exo itself, and the
  // folders that these are found in.
  std::vector<std::string> what_decides_for(const UnixUser& user) const {
    std::vector<std::string> paths;
    const auto add_way = [&paths](const std::string& folder) {
      for (std::string& each : folders_on_the_way(folder)) paths.push_back(std::move(each));
    };
    const fs::path top = application_.folder;
    add_way(top.string());
    paths.push_back((top / "application.yml").string());
    for (const Role& role : application_.roles) {
      for (const ServiceVersion& version : role.versions) {
        add_way(version.folder);
        paths.push_back((top / version.service_file).string());
      }
    }
    for (const Script& script : catalog_.scripts) {
      const bool is_folder = script.kind == ScriptKind::kFolder;
      add_way(is_folder ? script.folder : fs::path(script.path).parent_path().string());
      if (is_folder) paths.push_back((top / script.command_place.file).string());
      if (!is_folder && !runs_as(user, script)) paths.push_back(script.path);
    }
    if (const auto installation = find_installation()) {
      add_way(installation.value().programs.string());
      add_way((installation.value().root / "bus" / "relays").string());
    }
    return paths;
  }

  bool runs_as(const UnixUser& user, const Script& script) const {
    const VersionKey& key = script.brings_in;
    const ServiceVersion* version = application_.find_version(key.role, key.version);
    if (version == nullptr) return false;
    const UnixUser* own = users_.named(wanted_user(script, *version));
    return own != nullptr && own->credentials.uid == user.credentials.uid;
  }

  std::string state_home() const {
    const auto home = environment_.find("EXO_HOME");
    return home == environment_.end() || home->second.empty() ? application_.folder : home->second;
  }

  bool may_enter(const Runner& runner, const UnixUser& user, const std::string& folder,
                 const std::string& what) {
    const auto closed = first_closed_folder(user, folder);
    if (closed && closed.value().empty()) return true;
    add(*runner.wanted, closed ? "the user " + in_quotes(user.name) + " may not enter " + closed.value() +
                                     (closed.value() == folder ? ", " : ", on the way to ") + what +
                                     "; type: chmod o+x " + shell_word(closed.value()) +
                                     ", or move what is in it to a folder that this user may enter"
                               : closed.error().message);
    return false;
  }

  // The relays, of which a service in C++ needs none.
  void look_at_exo(const Runner& runner, const UnixUser& user) {
    const auto installation = find_installation();
    if (!installation || !told_of_exo_.insert(user.credentials.uid).second) return;
    const auto closed = first_closed_folder(user, (installation.value().root / "bus" / "relays").string());
    if (!closed || closed.value().empty()) return;
    warn(runner.wanted->place, "the user " + in_quotes(user.name) + " may not enter " + closed.value() +
                                   ", where exo lies, so that its services find no relay; move exo to a "
                                   "folder that everybody may enter, as /opt/exo");
  }

  void look_at_command(const Runner& runner, const UnixUser& user) {
    const auto program = program_of(runner.command);
    if (program) look_at_program(runner, user, places_of(*program, runner));
    for (const std::string& file : files_in(runner.command, runner.folder))
      look_at_file(runner, user, file, Deed::kRead);
  }

  void look_at_file(const Runner& runner, const UnixUser& user, const std::string& file, Deed deed) {
    const auto answers = ask_as(user, {{.path = file, .deed = deed}});
    if (answers && answers.value().front() == EACCES) warn_of_closed(runner, user, file, deed);
  }

  // A folder on the way may be what is closed.
  void warn_of_closed(const Runner& runner, const UnixUser& user, const std::string& file, Deed deed) {
    const auto closed = first_closed_folder(user, fs::path(file).parent_path().string());
    const bool is_execution = deed == Deed::kExecute;
    const std::string what = closed && !closed.value().empty()
                                 ? "enter " + closed.value() + ", on the way to " + file +
                                       "; type: chmod o+x " + shell_word(closed.value())
                                 : std::string(is_execution ? "execute " : "read ") + file +
                                       "; type: chmod " + (is_execution ? "o+rx " : "o+r ") +
                                       shell_word(file);
    warn(runner.command_place, runner.name + " runs as " + in_quotes(user.name) + ", who may not " + what);
  }

  // A program that is not there at all is somebody else's finding.
  void look_at_program(const Runner& runner, const UnixUser& user, const std::vector<std::string>& places) {
    std::vector<AccessQuestion> questions;
    std::error_code error;
    for (const std::string& place : places) {
      if (fs::is_regular_file(place, error)) questions.push_back({.path = place, .deed = Deed::kExecute});
    }
    const auto answers = ask_as(user, questions);
    if (!answers || questions.empty()) return;
    const auto& all = answers.value();
    if (std::find(all.begin(), all.end(), 0) != all.end()) return;
    warn_of_closed(runner, user, questions.front().path, Deed::kExecute);
  }

  // The folder has one owner, who alone may come near it.
  void look_at_shared_data(const Role& role) {
    const ServiceVersion* first = nullptr;
    for (const ServiceVersion& version : role.versions) {
      if (version.data != DataSharing::kShared || !users_.number_of(version)) continue;
      if (first == nullptr) first = &version;
      if (users_.number_of(version) == users_.number_of(*first)) continue;
      const ServiceVersion& stated = version.user.is_stated() ? version : *first;
      const ServiceVersion& other = &stated == &version ? *first : version;
      add(stated.user, to_string(stated) + " shares its data with " + to_string(other) + ", which runs as " +
                           in_quotes(user_name(*users_.number_of(other))) +
                           "; give both the same user, or one of them \"data: own\"");
    }
  }

  void look_at_limits(const ServiceVersion& version) {
    if (!version.limits.processes || users_.number_of(version) != 0) return;
    warn({.file = version.service_file, .line = version.limits.processes_line, .key = ""},
         to_string(version) +
             " runs as root, whose processes no limit counts: limits.processes has no effect; "
             "give the service a `user` of its own");
  }

  void add_mistake(CustodyGap gap) {
    findings_.mistakes.push_back({.file = gap.place.file,
                                  .line = gap.place.line,
                                  .key = gap.place.key,
                                  .value = "",
                                  .message = gap.meaning + "; " + gap.mend});
    findings_.gaps.push_back(std::move(gap));
  }

  Mistake& add(const WantedUser& wanted, const std::string& message) {
    return findings_.mistakes.emplace_back(Mistake{.file = wanted.place.file,
                                                   .line = wanted.place.line,
                                                   .key = wanted.place.key,
                                                   .value = printable(wanted.name),
                                                   .message = message});
  }

  void warn(const Place& place, const std::string& message) {
    findings_.warnings.push_back({.file = place.file, .line = place.line, .message = message});
  }

  const Application& application_;
  const ScriptCatalog& catalog_;
  const ServiceUsers& users_;
  const Variables& environment_;
  const StateFolder* state_;
  std::set<uid_t> looked_at_gaps_of_;
  std::set<uid_t> told_of_exo_;
  UserFindings findings_;
};

}  // namespace

UserFindings check_users(const Application& application, const ScriptCatalog& catalog,
                         const ServiceUsers& users, const Variables& environment, const StateFolder* state) {
  return UserCheck(application, catalog, users, environment, state).run();
}

}  // namespace exo

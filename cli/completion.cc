#include "cli/completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/nearest_word.h"
#include "base/text.h"
#include "cli/candidates.h"
#include "cli/verb.h"
#include "deployment-scripts/script_catalog.h"
#include "host/application_check.h"
#include "host/log_selection.h"
#include "host/log_view.h"
#include "host/operator_message.h"
#include "host/state_folder.h"
#include "services/application.h"
#include "services/skeleton.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

struct Shell {
  const char* name;
  const char* script;  // PROGRAM stands for this program
};

constexpr std::array<Shell, 3> kShells{{
    {"bash", R"sh(# Completion of exo in bash. In ~/.bashrc: source <(exo completion bash)
_exo() {
  local program=PROGRAM line="${COMP_LINE:0:COMP_POINT}" typed breaks before candidate words
  [ -x "$program" ] || program="${COMP_WORDS[0]}"
  read -r -a words <<<"$line"
  case "$line" in *[[:space:]]) words+=("") ;; esac
  typed="${words[-1]}"
  # Bash replaces only what is behind the last character that parts words for it, and an @ with what follows it.
  breaks="${COMP_WORDBREAKS//@/}"
  before="${typed%"${typed##*[$breaks]}"}"
  case "$COMP_WORDBREAKS:${typed#"$before"}" in *@*:*@*) before="${typed%@*}" ;; esac
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    case "$candidate" in
      :folders) compopt -o filenames; while read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -d -- "$typed") ;;
      *=) compopt -o nospace; COMPREPLY+=("${candidate#"$before"}") ;;
      *) COMPREPLY+=("${candidate#"$before"}") ;;
    esac
  done < <("$program" --complete "${words[@]:1}" 2>/dev/null)
}
complete -F _exo exo
)sh"},
    {"zsh", R"sh(#compdef exo
# Completion of exo in zsh. In ~/.zshrc, after compinit: source <(exo completion zsh)
_exo() {
  local program=PROGRAM line word
  local -a described
  [[ -x $program ]] || program=$words[1]
  for line in "${(@f)$("$program" --complete "${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    word=${line%%$'\t'*}
    case $word in
      '') ;;
      :folders) _files -/ ;;
      *=) compadd -S '' -- $word ;;
      *) described+=("${word//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  (( $#described )) && _describe -V exo described
}
compdef _exo exo
)sh"},
    {"fish",
     R"sh(# Completion of exo in fish. In ~/.config/fish/config.fish: exo completion fish | source
function __exo_candidates
    set --local program PROGRAM
    set --local words (commandline --current-process --tokenize --cut-at-cursor)
    test -x $program; or set program $words[1]
    for candidate in ($program --complete $words[2..-1] (commandline --current-token --cut-at-cursor) 2>/dev/null)
        switch $candidate
            case ':folders*'
                __fish_complete_directories (commandline --current-token --cut-at-cursor)
            case '*'
                printf '%s\n' $candidate
        end
    end
end
complete --command exo --no-files --arguments '(__exo_candidates)'
)sh"},
}};

std::vector<std::string> shells() {
  std::vector<std::string> names;
  names.reserve(kShells.size());
  for (const Shell& shell : kShells) names.emplace_back(shell.name);
  return names;
}

// In single quotes, as all three shells take them.
std::string in_shell_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? R"('\'')" : std::string(1, c);
  return quoted + "'";
}

int print_script(const std::string& name) {
  const auto shell =
      std::find_if(kShells.begin(), kShells.end(), [&](const Shell& s) { return s.name == name; });
  if (shell == kShells.end()) {
    return report(Error{"usage", "there is no completion for '" + name + "'" + did_you_mean(name, shells()) +
                                     "; the shells are bash, zsh and fish"});
  }
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  std::string script = shell->script;
  constexpr std::string_view kPlaceholder = "PROGRAM";
  script.replace(script.find(kPlaceholder), kPlaceholder.size(), in_shell_quotes(program.string()));
  return print(script) ? kExitDone : report_unwritten();
}

// The environments that have state in the application, and the default one.
std::vector<std::string> environments(const fs::path& application) {
  std::set<std::string> names{ApplicationOptions().environment};
  const auto state = StateFolder::of(application, *names.begin());
  std::error_code failure;
  if (!state) return {};
  for (const auto& entry : fs::directory_iterator(state.value().path().parent_path(), failure)) {
    if (entry.is_directory(failure)) names.insert(entry.path().filename().string());
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> versions(const LoadedApplication& loaded) {
  std::set<std::string> numbers;
  if (!loaded.application) return {};
  for (const Role& role : loaded.application->roles) {
    for (const ServiceVersion& version : role.versions) numbers.insert(to_string(version.version));
  }
  return {numbers.begin(), numbers.end()};
}

std::vector<std::string> all_versions(const LoadedApplication& loaded) {
  std::vector<std::string> names;
  if (!loaded.application) return names;
  for (const VersionKey& key : versions_of(*loaded.application)) names.push_back(to_text(key));
  return names;
}

// "js|py".
std::vector<std::string> alternatives(std::string_view kind) {
  std::vector<std::string> words;
  for (const std::string_view word : split(kind, '|')) words.emplace_back(word);
  return words;
}

std::vector<std::string> all_roles(const LoadedApplication& loaded) {
  std::vector<std::string> roles;
  if (!loaded.application) return roles;
  for (const Role& role : loaded.application->roles) roles.push_back(role.name);
  return roles;
}

std::vector<std::string> public_roles(const LoadedApplication& loaded, const std::string& ending) {
  std::vector<std::string> roles;
  if (!loaded.application) return roles;
  for (const Role& role : loaded.application->roles) {
    if (role.is_public) roles.push_back(role.name + ending);
  }
  return roles;
}

std::vector<std::string> scripts(const fs::path& application) {
  std::vector<std::string> versions;
  for (const Script& script : load_scripts(application).catalog.scripts) {
    versions.push_back(to_text(script.brings_in));
  }
  return versions;
}

// But for those that begin with a dot.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator each(folder, failure), end; !failure && each != end; each.increment(failure)) {
    const std::string name = each->path().filename().string();
    if (!name.starts_with('.')) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Each version that one was built of.
std::vector<std::string> artifacts(const StateFolder& state) {
  return names_in(state.artifacts() / "versions");
}

std::vector<std::string> values_of(std::string_view kind, const ApplicationOptions& options) {
  if (kind == "SHELL") return shells();
  if (kind == "LANGUAGE") return skeleton_languages();
  if (kind.find('|') != std::string_view::npos) return alternatives(kind);
  const auto application = find_application(options);
  if (!application) return {};
  if (kind == "ENVIRONMENT") return environments(application.value());
  if (kind == "MESSAGE") return receivable_names(application.value());
  if (kind == "PIN") return versions(load_application(application.value().string()));
  if (kind == "VERSION") return all_versions(load_application(application.value().string()));
  if (kind == "SERVICE") return all_roles(load_application(application.value().string()));
  if (kind == "SCRIPT" || kind == "SCRIPTS") return scripts(application.value());
  if (kind == "ROLE=PORT") return public_roles(load_application(application.value().string()), "=");
  const auto state = StateFolder::of(application.value(), options.environment);
  if (!state) return {};
  if (kind == "ARTIFACT") return artifacts(state.value());
  if (kind == "DATA") return names_in(state.value().data());
  if (kind != "ROLE") return {};
  return words_of(known_logs(application.value(), state.value().logs()));
}

}  // namespace

int print_candidates(const CLI::App& exo, const std::vector<std::string>& words) {
  const Candidates candidates = find_candidates(exo, words, values_of);
  std::string text = candidates.folders ? ":folders\n" : "";
  for (const Candidate& candidate : candidates.words) {
    std::string description = candidate.description;
    std::replace(description.begin(), description.end(), '\n', ' ');
    text += candidate.word + (description.empty() ? "" : "\t" + description) + "\n";
  }
  return print(text) ? kExitDone : kExitFailed;
}

void add_completion(CLI::App& exo, int& exit_code) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* verb = exo.add_subcommand(
      "completion", "Prints what makes a shell complete verbs, options, roles, versions and runs");
  verb->add_option("SHELL", *shell, "bash, zsh or fish")->type_name("")->required();
  verb->footer(
      "In ~/.bashrc or, after compinit, ~/.zshrc: source <(exo completion bash)\n"
      "In ~/.config/fish/config.fish: exo completion fish | source\n"
      "Example:\n  exo completion bash\n  exo completion zsh");
  verb->callback([shell, &exit_code] { exit_code = print_script(*shell); });
}

}  // namespace exo

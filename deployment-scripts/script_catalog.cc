#include "deployment-scripts/script_catalog.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/content_digest.h"
#include "base/files.h"
#include "base/nearest_word.h"
#include "base/semantic_version.h"
#include "base/text.h"
#include "deployment-scripts/script_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxScriptTextBytes = 16 * 1024 * 1024;  // a larger one is asked when it runs

constexpr char kNameRule[] =
    "expected a name like \"todo-search-0.0.1.js\": role, dash, version; what is no deployment script has a "
    "name that begins with \"_\"";

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_javascript(const std::string& extension) {
  return is_one_of(extension, {".js", ".cjs", ".mjs"});
}
bool is_document(const std::string& extension) {
  return is_one_of(extension, {".md", ".txt", ".json"});
}

// The last part of a name, with its dot, when it begins with a letter: ".js", but not the ".1" of
// "todo-0.0.1".
std::string extension_of(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot + 1 == name.size()) return "";
  return std::isalpha(static_cast<unsigned char>(name[dot + 1])) != 0 ? name.substr(dot) : "";
}

bool is_executable(const fs::directory_entry& entry, std::error_code& error) {
  constexpr fs::perms kAny = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  return (entry.status(error).permissions() & kAny) != fs::perms::none;
}

// Relative to the folder, sorted; none where it cannot be read, which the digest of the folder tells.
std::vector<std::string> specs_below(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (name == "node_modules" || name.starts_with(".") || name.starts_with("_")) {
      each.disable_recursion_pending();
    } else if (each->path().extension() == kSpecExtension && each->is_regular_file(error)) {
      files.push_back(each->path().lexically_relative(folder).string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::pair<std::string, SemanticVersion> order_of(const VersionKey& key) {
  return {key.role, parse_semantic_version(key.version).value()};
}

class CatalogReader {
 public:
  explicit CatalogReader(const fs::path& application)
      : application_(application), folder_(application / kScriptsFolder) {}

  LoadedScripts read() {
    std::vector<fs::directory_entry> entries = list();
    for (const fs::directory_entry& entry : entries) read_entry(entry);
    for (const auto& [version, file] : settings_files_) attach_settings(version, file);
    sort();
    return std::move(loaded_);
  }

 private:
  std::vector<fs::directory_entry> list() {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator each(folder_, error), end; each != end; each.increment(error)) {
      entries.push_back(*each);
      if (error) break;
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      add("", file_error("read", kScriptsFolder, error.value()).message);
    }
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  void read_entry(const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || name.starts_with("_") || name == "node_modules") return;
    std::error_code error;
    if (entry.is_directory(error)) {
      read_folder(entry, name);
    } else {
      read_file_entry(entry, name);
    }
  }

  void read_folder(const fs::directory_entry& entry, const std::string& name) {
    const fs::path service = entry.path() / "service.yml";
    std::error_code error;
    const auto version = parse_script_name(name);
    if (!version) {
      if (fs::exists(service, error)) add(name, kNameRule);
      return;
    }
    for (const std::string& file : specs_below(entry.path())) add_spec(*version, name + "/" + file);
    const std::string service_name = shown(name) + "/service.yml";
    Result<std::string> text = read_file(service.string(), kMaxScriptSettingsBytes);
    if (!text.ok()) {
      add(name, "a folder needs a service.yml with development.scripts.run: " + text.error().message);
      return;
    }
    ScriptFolder folder = parse_script_folder(text.value(), service_name);
    take(folder.mistakes);
    Script script{.brings_in = *version,
                  .kind = ScriptKind::kFolder,
                  .command = folder.command,
                  .command_place = folder.command_place};
    script.folder = entry.path().string();
    script.sends = std::move(folder.sends);
    script.sends_places = std::move(folder.sends_places);
    script.user = std::move(folder.user);
    add_script(std::move(script), entry, name);
  }

  void read_file_entry(const fs::directory_entry& entry, const std::string& name) {
    const std::string extension = extension_of(name);
    if (name == kNounsFile || is_document(extension)) return;
    const std::string stem = name.substr(0, name.size() - extension.size());
    const auto version = parse_script_name(stem);
    if (extension == kSpecExtension) {
      read_spec_name(name, version);
    } else if (extension == ".yml") {
      read_settings_name(name, version);
    } else if (extension == ".yaml") {
      add(name, "settings are in a file that ends in \".yml\"; rename it to " + stem + ".yml");
    } else if (const auto kind = kind_of(entry, extension)) {
      read_script(entry, name, version, *kind);
    } else if (version) {
      add(name, "it cannot be run: give it the executable bit (chmod +x " + shown(name) +
                    "), or write its handlers in a .js or .py file");
    }
  }

  // What cannot be read is refused where it is run.
  static bool may_handle(const Script& script, Phase phase) {
    if (script.kind != ScriptKind::kLoader) return true;
    const auto text = read_file(script.path, kMaxScriptTextBytes);
    return !text.ok() ||
           text.value().find("-" + std::string(to_string(phase)) + "-start") != std::string::npos;
  }

  // A Python file with the executable bit is a program of its own.
  static std::optional<ScriptKind> kind_of(const fs::directory_entry& entry, const std::string& extension) {
    std::error_code error;
    if (is_javascript(extension)) return ScriptKind::kLoader;
    if (is_executable(entry, error)) return ScriptKind::kExecutable;
    if (extension == ".py") return ScriptKind::kLoader;
    return std::nullopt;
  }

  void read_settings_name(const std::string& name, const std::optional<VersionKey>& version) {
    if (version) {
      settings_files_.emplace(*version, name);
    } else {
      add(name, kNameRule);
    }
  }

  void read_spec_name(const std::string& name, const std::optional<VersionKey>& version) {
    if (version) {
      add_spec(*version, name);
    } else {
      add(name,
          "a spec is named after the version that it is about, such as \"todo-search-0.0.1.feature\": role, "
          "dash, version");
    }
  }

  void add_spec(const VersionKey& version, const std::string& name) {
    std::vector<Spec>& specs = loaded_.catalog.specs;
    auto spec =
        std::find_if(specs.begin(), specs.end(), [&](const Spec& each) { return each.of == version; });
    if (spec == specs.end()) spec = specs.insert(specs.end(), {.of = version, .files = {}});
    spec->files.push_back(shown(name));
  }

  void read_script(const fs::directory_entry& entry, const std::string& name,
                   const std::optional<VersionKey>& version, ScriptKind kind) {
    if (!version) {
      add(name, kNameRule);
      return;
    }
    Script script{.brings_in = *version, .kind = kind};
    script.folder = application_.string();
    add_script(std::move(script), entry, name);
  }

  void add_script(Script script, const fs::directory_entry& entry, const std::string& name) {
    if (const Script* other = loaded_.catalog.find(script.brings_in)) {
      add(name, to_text(script.brings_in) + " has two scripts, this and " + other->name +
                    "; one version has one script: remove one");
      return;
    }
    Result<std::string> digest =
        content_digest(entry.path(), kSpecExtension);  // a spec is no part of what runs
    if (!digest.ok()) {
      add(name, digest.error().message);
      return;
    }
    script.name = shown(name);
    script.path = entry.path().string();
    script.may_undo = may_handle(script, Phase::kUndo);
    script.may_verify = may_handle(script, Phase::kVerify);
    script.settings_file = shown(script.brings_in.role + "-" + script.brings_in.version + ".yml");
    script.digest = digest.value();
    script.digest_algorithm = kDigestOfFiles;
    loaded_.catalog.scripts.push_back(std::move(script));
  }

  void attach_settings(const VersionKey& version, const std::string& name) {
    const auto script = std::find_if(loaded_.catalog.scripts.begin(), loaded_.catalog.scripts.end(),
                                     [&](const Script& each) { return each.brings_in == version; });
    Result<std::string> text = read_file((folder_ / name).string(), kMaxScriptSettingsBytes);
    if (!text.ok()) {
      add(name, text.error().message);
      return;
    }
    ParsedScriptSettings parsed = parse_script_settings(text.value(), shown(name), version.role);
    take(parsed.mistakes);
    if (script != loaded_.catalog.scripts.end()) {
      script->settings = std::move(parsed.settings);
    } else {
      add(name, "these are settings of a script that is not there: add " + version.role + "-" +
                    version.version + ".js, or remove this file");
    }
  }

  void sort() {
    sort_scripts(loaded_.catalog);
    std::sort(loaded_.catalog.specs.begin(), loaded_.catalog.specs.end(),
              [](const Spec& left, const Spec& right) { return order_of(left.of) < order_of(right.of); });
    for (Spec& spec : loaded_.catalog.specs) std::sort(spec.files.begin(), spec.files.end());
    std::stable_sort(loaded_.mistakes.begin(), loaded_.mistakes.end(),
                     [](const Mistake& left, const Mistake& right) { return left.file < right.file; });
  }

  static std::string shown(const std::string& name) {
    return name.empty() ? kScriptsFolder : std::string(kScriptsFolder) + "/" + printable(name);
  }

  void add(const std::string& name, const std::string& message) {
    loaded_.mistakes.push_back({.file = shown(name), .line = 0, .key = "", .value = "", .message = message});
  }

  void take(std::vector<Mistake>& mistakes) {
    for (Mistake& mistake : mistakes) loaded_.mistakes.push_back(std::move(mistake));
  }

  const fs::path& application_;
  const fs::path folder_;
  std::map<VersionKey, std::string> settings_files_;
  LoadedScripts loaded_;
};

}  // namespace

void sort_scripts(ScriptCatalog& catalog) {
  std::sort(catalog.scripts.begin(), catalog.scripts.end(), [](const Script& left, const Script& right) {
    return order_of(left.brings_in) < order_of(right.brings_in);
  });
}

const Script* ScriptCatalog::find(const VersionKey& version) const {
  for (const Script& script : scripts) {
    if (script.brings_in == version) return &script;
  }
  return nullptr;
}

LoadedScripts load_scripts(const std::filesystem::path& application) {
  EXO_CHECK(application.is_absolute());
  return CatalogReader(application).read();
}

std::vector<OrphanedScript> find_orphaned_scripts(const ScriptCatalog& catalog,
                                                  const std::vector<VersionKey>& application) {
  std::vector<std::string> roles;
  roles.reserve(application.size());
  for (const VersionKey& version : application) roles.push_back(version.role);
  std::vector<OrphanedScript> orphans;
  for (const Script& script : catalog.scripts) {
    const VersionKey& wanted = script.brings_in;
    if (std::find(application.begin(), application.end(), wanted) != application.end()) continue;
    std::vector<std::string> versions;
    for (const VersionKey& version : application) {
      if (version.role == wanted.role) versions.push_back(version.version);
    }
    const std::string lacks =
        versions.empty()
            ? "the application has no role " + wanted.role + did_you_mean(wanted.role, roles)
            : wanted.role + " has no version " + wanted.version + ", it has " + join_for_people(versions);
    orphans.push_back({script, "it is not run: " + lacks});
  }
  return orphans;
}

std::optional<VersionKey> parse_script_name(std::string_view name) {
  for (std::size_t dash = name.find('-'); dash != std::string_view::npos; dash = name.find('-', dash + 1)) {
    const std::string_view version = name.substr(dash + 1);
    if (dash == 0 || !parse_semantic_version(version).ok()) continue;
    return VersionKey{std::string(name.substr(0, dash)), std::string(version)};
  }
  return std::nullopt;
}

}  // namespace exo

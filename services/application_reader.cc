#include "services/application_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "base/files.h"
#include "base/nearest_word.h"
#include "base/text.h"
#include "services/names.h"
#include "services/unhonoured_keys.h"

namespace exo {
namespace {

// As for service.yml: what the Exosphere tools know is accepted, what nobody knows is misspelled.
const std::vector<std::string> kApplicationKeys{
    "name",  "description", "author",   "license",   "version",      "development", "production",
    "local", "remote",      "services", "templates", "dependencies", "environment", "logs"};
const std::vector<std::string> kLocalKeys{"environment-variables", "secrets", "dependencies", "environment"};
const std::vector<std::string> kRoleKeys{
    "location",  "versions", "docker-image", "dependency-data", "message-translation", "message-translations",
    "namespace", "silenced"};

bool holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_folder(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

std::optional<ServiceType> section_type(std::string_view key) {
  if (key == "public") return ServiceType::kPublic;
  if (key == "private") return ServiceType::kPrivate;
  if (key == "worker") return ServiceType::kWorker;
  return std::nullopt;
}

// In the older layout `public:` holds roles; a role of that name holds a location.
bool is_section(const YamlEntry& entry) {
  if (!section_type(entry.key)) return false;
  if (entry.value.is_null()) return true;
  return entry.value.is_map() &&
         std::none_of(entry.value.entries.begin(), entry.value.entries.end(), [](const YamlEntry& inner) {
           return holds(kRoleKeys, inner.key) || inner.value.is_scalar() || inner.value.is_sequence();
         });
}

// The nearest name among the folders beside the one that is not there; empty when none is near.
std::string folder_meant(const std::string& path) {
  constexpr int kMostEntries = 1000;
  const std::filesystem::path missing = std::filesystem::path(path).lexically_normal();
  const std::string name = (missing.has_filename() ? missing : missing.parent_path()).filename().string();
  const std::filesystem::path parent =
      (missing.has_filename() ? missing : missing.parent_path()).parent_path();
  std::vector<std::string> beside;
  std::error_code error;
  int seen = 0;
  for (std::filesystem::directory_iterator i(parent, error), end; !error && i != end; i.increment(error)) {
    if (++seen > kMostEntries) break;
    if (is_folder(i->path().string())) beside.push_back(i->path().filename().string());
  }
  std::sort(beside.begin(), beside.end());
  return nearest_word(name, beside);
}

int line_of(const ConfigurationFile& file, std::string_view key) {
  const YamlEntry* entry = file.root().node->find(key);
  return entry == nullptr ? 0 : entry->line;
}

// The roles, or versions, from `from` to `to`, each of which waits for the next; empty where no way leads
// there.
std::vector<std::string> way_between(const std::map<std::string, std::set<std::string>>& waits_for,
                                     const std::string& from, const std::string& to) {
  std::map<std::string, std::string> came_from{{from, ""}};
  std::vector<std::string> open{from};
  while (!open.empty()) {
    const std::string role = open.back();
    open.pop_back();
    if (role == to) break;
    const auto next = waits_for.find(role);
    if (next == waits_for.end()) continue;
    for (const std::string& other : next->second) {
      if (came_from.emplace(other, role).second) open.push_back(other);
    }
  }
  std::vector<std::string> way;
  if (came_from.count(to) == 0) return way;
  for (std::string role = to; !role.empty(); role = came_from[role]) way.push_back(role);
  std::reverse(way.begin(), way.end());
  return way;
}

void add_untold(const std::vector<Notice>& notices, std::vector<Notice>& told) {
  for (const Notice& notice : notices) {
    if (std::find(told.begin(), told.end(), notice) == told.end()) told.push_back(notice);
  }
}

}  // namespace

ApplicationReader::ApplicationReader(std::string folder, FolderCopies copies) : copies_(std::move(copies)) {
  application_.folder = std::move(folder);
  files_.push_back(std::make_unique<ConfigurationFile>("application.yml"));
}

LoadedApplication ApplicationReader::read() {
  if (!load_application_file()) return result();
  ConfigurationFile& file = application_file();
  file.allow_keys(file.root(), kApplicationKeys);
  read_name();
  const Field local = ConfigurationFile::at(file.root(), "local");
  if (file.is_map(local)) file.allow_keys(local, kLocalKeys);
  read_environment(file, local, environment_);
  application_.logs = read_log_settings(file, ConfigurationFile::at(file.root(), "logs"));
  note_unhonoured_keys(file, file.root());
  read_services();
  for (ReadRole& role : roles_) check_versions_differ(role);
  check_requirements();
  check_dependencies();
  const bool sound =
      std::all_of(files_.begin(), files_.end(), [](const auto& f) { return f->mistakes().empty(); });
  if (sound) note_default_versions();
  for (ReadRole& role : roles_) {
    if (!role.versions.empty()) application_.roles.push_back(finish(std::move(role)));
  }
  return result();
}

Application ApplicationReader::read_what_can_be() {
  LoadedApplication loaded = read();
  return loaded.application ? std::move(*loaded.application) : std::move(application_);
}

bool ApplicationReader::load_application_file() {
  const std::string path = application_.folder + "/application.yml";
  if (is_there(path)) return application_file().load(path);
  const bool other_ending = is_there(application_.folder + "/application.yaml");
  application_file().add_mistake(
      0, "", "",
      other_ending
          ? "there is no such file in " + application_.folder + "; rename application.yaml to application.yml"
          : "there is no such file in " + application_.folder +
                "; name the folder of an application, or add the file with its name and services");
  return false;
}

void ApplicationReader::read_name() {
  ConfigurationFile& file = application_file();
  const Field field = ConfigurationFile::at(file.root(), "name");
  if (field.is_absent()) {
    file.add_missing(line_of(file, "name"), field,
                     "missing; add the application's name, as in \"name: todo-app\"");
    return;
  }
  const auto name = file.text(field);
  if (!name) return;
  if (trim(name->text).empty()) file.add_mistake(field, "is empty; write the application's name");
  if (name->text.size() > kMaxNameBytes) {
    file.add_mistake(field, "is longer than " + std::to_string(kMaxNameBytes) + " bytes; shorten it");
  }
  if (has_control_characters(name->text))
    file.add_mistake(field, "has a control character in it; leave that out");
  application_.name = name->text;
}

void ApplicationReader::read_services() {
  ConfigurationFile& file = application_file();
  const Field services = ConfigurationFile::at(file.root(), "services");
  const bool none = services.is_absent() || (services.node->is_map() && services.node->entries.empty());
  if (none) {
    file.add_missing(
        line_of(file, "services"), services,
        "names no service; add a role with the folder of its service, as in \"web: {location: ./web}\"");
    return;
  }
  if (!file.is_map(services)) return;
  for (const YamlEntry& entry : services.node->entries) read_service_or_section(entry, services);
  if (roles_.empty() && file.mistakes().empty()) {
    file.add_mistake(services, "names no service that exo can run; add one with a `location:`");
  }
  if (roles_.size() <= kMaxRoles) return;
  file.add_mistake(services,
                   "has more than " + std::to_string(kMaxRoles) + " services; split the application");
  roles_.resize(kMaxRoles);
}

void ApplicationReader::read_service_or_section(const YamlEntry& entry, const Field& services) {
  const Field field = ConfigurationFile::at(services, entry.key);
  if (!is_section(entry)) {
    read_role(entry, field, std::nullopt);
    return;
  }
  for (const YamlEntry& inner : entry.value.entries) {
    read_role(inner, ConfigurationFile::at(field, inner.key), section_type(entry.key));
  }
}

void ApplicationReader::read_role(const YamlEntry& entry, const Field& role,
                                  std::optional<ServiceType> section) {
  ConfigurationFile& file = application_file();
  const std::string fault = fault_of_role(entry.key);
  if (!fault.empty()) file.add_mistake(entry.line, role.key, "", in_quotes(entry.key) + " " + fault);
  const auto same =
      std::find_if(roles_.begin(), roles_.end(), [&](const ReadRole& r) { return r.name == entry.key; });
  if (same != roles_.end()) {
    file.add_mistake(entry.line, role.key, "",
                     "the role " + in_quotes(entry.key) + " is there twice; it was on line " +
                         std::to_string(same->line) + " first. Leave one of the two out");
    return;
  }
  if (role.is_absent()) {
    file.add_mistake(
        entry.line, role.key, "",
        "says nothing; add the folder of the service, as in \"location: ./" + printable(entry.key) + "\"");
    return;
  }
  if (role.node->is_scalar()) {
    file.add_mistake(role, "expected keys below it, found " + describe(*role.node) +
                               "; write the folder of the service as \"location: ./" + printable(entry.key) +
                               "\"");
    return;
  }
  if (!file.is_map(role)) return;
  file.allow_keys(role, kRoleKeys);
  note_unhonoured_keys(file, role);
  ReadRole read{.name = entry.key, .line = entry.line, .versions = {}};
  ServiceContext context;
  context.role = entry.key;
  context.type = section;
  context.environment = environment_;
  file.is_map(ConfigurationFile::at(role, "dependency-data"));
  read_contract(file, ConfigurationFile::at_path(role, "dependency-data.exocom"), context.contract);
  read_translations(file, ConfigurationFile::at(role, "message-translation"), context.contract);
  read_translations(file, ConfigurationFile::at(role, "message-translations"), context.contract);
  if (read_where_it_is(entry, role, std::move(context), read)) roles_.push_back(std::move(read));
}

bool ApplicationReader::read_where_it_is(const YamlEntry& entry, const Field& role, ServiceContext context,
                                         ReadRole& read) {
  ConfigurationFile& file = application_file();
  const Field location = ConfigurationFile::at(role, "location");
  const Field versions = ConfigurationFile::at(role, "versions");
  if (!location.is_absent() && !versions.is_absent()) {
    file.add_mistake(versions, "a role has `location:` (line " + std::to_string(location.line()) +
                                   ") or `versions:`, not both; move the location into the list");
  } else if (!versions.is_absent()) {
    read_versions(versions, std::move(context), read);
  } else if (!location.is_absent()) {
    read_version_at(location, std::move(context), read);
  } else if (!ConfigurationFile::at(role, "docker-image").is_absent()) {
    file.add_notice(entry.line, in_quotes(entry.key) +
                                    " is left out: exo runs services from folders, not Docker "
                                    "images. Give it a `location:` to have it run");
    return false;
  } else {
    file.add_missing(
        entry.line, location,
        "missing; add the folder of the service, as in \"location: ./" + printable(entry.key) + "\"");
  }
  return true;
}

void ApplicationReader::read_versions(const Field& list, ServiceContext context, ReadRole& role) {
  ConfigurationFile& file = application_file();
  const std::string form = "write a line \"- location: ./folder\" for each version";
  if (!list.node->is_sequence() || list.node->items.empty()) {
    file.add_mistake(list, "expected a list of versions, found " +
                               std::string(list.node->is_sequence() ? "an empty one" : describe(*list.node)) +
                               "; " + form);
    return;
  }
  context.version_rule = list.node->items.size() > 1 ? ServiceContext::VersionRule::kMustBeStated
                                                     : ServiceContext::VersionRule::kMayBeMissing;
  for (std::size_t i = 0; i < list.node->items.size(); ++i) {
    const Field item{&list.node->items[i], list.key + "[" + std::to_string(i) + "]"};
    const Field location = ConfigurationFile::at(item, "location");
    if (item.node->is_map()) file.allow_keys(item, {"location", "version"});
    if (!item.node->is_map()) {
      file.add_mistake(item, std::string("expected a location, found ") + describe(*item.node) + "; " + form);
    } else if (location.is_absent()) {
      file.add_missing(item.node->line, location, "missing; " + form);
    } else {
      const std::size_t known = role.versions.size();
      read_version_at(location, context, role);
      if (role.versions.size() > known) {
        check_stated_version(ConfigurationFile::at(item, "version"), role.versions.back());
      }
    }
  }
}

// A list may repeat the versions for its readers; what service.yml says is what counts.
void ApplicationReader::check_stated_version(const Field& stated, const ReadVersion& read) {
  ConfigurationFile& file = application_file();
  const auto text = file.text(stated);
  if (!text || !read.version.version_stated || text->text == to_string(read.version.version)) return;
  file.add_mistake(stated, in_quotes(text->text) +
                               " is not the version of this folder: " + read.file->name() + ":" +
                               std::to_string(line_of(*read.file, "version")) + " says " +
                               to_string(read.version.version) + "; write the same here, or leave it out");
}

void ApplicationReader::read_version_at(const Field& location, ServiceContext context, ReadRole& role) {
  ConfigurationFile& file = application_file();
  const auto text = file.text(location);
  if (!text) return;
  if (trim(text->text).empty()) {
    file.add_mistake(location, "is empty; write the folder of the service, relative to application.yml");
    return;
  }
  const std::string path = text->text.front() == '/' ? text->text : application_.folder + "/" + text->text;
  const Result<std::string> real = real_path(path);
  if (!real.ok() || !is_folder(real.value())) {
    const std::string why = real.ok() ? "is not a folder" : "there is no such folder";
    const std::string near = folder_meant(path);
    file.add_mistake(location, in_quotes(text->text) + ": " + why +
                                   (near.empty() ? "; write the folder that holds the service.yml, relative "
                                                   "to application.yml"
                                                 : "; did you mean " + in_quotes(near) + "?"))
        .nearest = near;
    return;
  }
  const auto copy = copies_.find({context.role, real.value()});
  context.folder = copy == copies_.end() ? real.value() : copy->second.folder;
  const std::string service_path = context.folder + "/service.yml";
  if (!is_there(service_path)) {
    const bool other_ending = is_there(real.value() + "/service.yaml");
    file.add_mistake(location, "the folder " + in_quotes(text->text) + " holds no service.yml; " +
                                   (other_ending ? "rename its service.yaml"
                                                 : "add one that says how to start the service, as in "
                                                   "\"development: {scripts: {run: node server.js}}\""));
    return;
  }
  files_.push_back(std::make_unique<ConfigurationFile>(shown_name(text->text, real.value())));
  ConfigurationFile& service_file = *files_.back();
  if (!service_file.load(service_path)) return;
  role.versions.push_back({read_service_file(service_file, context), &service_file});
  if (copy != copies_.end()) role.versions.back().version.copy_of = copy->second.artifact;
}

std::string ApplicationReader::shown_name(const std::string& location, const std::string& folder) const {
  const std::string inside = application_.folder + "/";
  if (location.front() != '/') {
    return (std::filesystem::path(location) / "service.yml").lexically_normal().string();
  }
  return (folder.substr(0, inside.size()) == inside ? folder.substr(inside.size()) : folder) + "/service.yml";
}

void ApplicationReader::check_versions_differ(ReadRole& role) {
  for (std::size_t i = 0; i < role.versions.size(); ++i) {
    const ReadVersion& later = role.versions[i];
    const auto same =
        std::find_if(role.versions.begin(), role.versions.begin() + static_cast<std::ptrdiff_t>(i),
                     [&](const ReadVersion& earlier) {
                       return compare_precedence(earlier.version.version, later.version.version) == 0;
                     });
    // A version that is missing has been reported, and its default says nothing.
    if (same == role.versions.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    if (!later.version.version_stated || !same->version.version_stated) continue;
    later.file->add_mistake(line_of(*later.file, "version"), "version", to_string(later.version.version),
                            "the role \"" + role.name + "\" has this version already, in " +
                                same->file->name() + ":" + std::to_string(line_of(*same->file, "version")) +
                                "; give each version of a role its own number");
  }
}

// Versions of all roles: a circle may lead over several.
void ApplicationReader::check_requirements() {
  std::map<std::string, std::set<std::string>> requires_versions;
  for (const ReadRole& role : roles_) {
    for (const auto& [version, file] : role.versions) {
      const std::string name = to_string(version);
      for (const RequiredServiceVersion& each : version.required_versions) {
        const std::string required = each.role + "@" + to_string(each.version);
        const auto way = way_between(requires_versions, required, name);
        requires_versions[name].insert(required);
        if (way.empty()) continue;
        file->add_mistake(each.place.line, each.place.key, "",
                          name + " requires " + join(way, ", which requires ") +
                              ", so that none could be introduced first; leave one of the requirements out");
      }
    }
  }
}

// Roles wait for each other as their versions say, whichever version it is.
void ApplicationReader::check_dependencies() {
  std::vector<std::string> names;
  std::map<std::string, std::set<std::string>> waits_for;
  for (const ReadRole& role : roles_) names.push_back(role.name);
  for (const ReadRole& role : roles_) {
    for (const auto& [version, file] : role.versions) {
      for (const ServiceDependency& dependency : version.dependencies) {
        if (!holds(names, dependency.role)) {
          file->add_mistake(dependency.line, "depends-on", dependency.role,
                            "there is no service " + in_quotes(dependency.role) +
                                "; name one of application.yml" + did_you_mean(dependency.role, names))
              .nearest = nearest_word(dependency.role, names);
        } else if (const auto way = way_between(waits_for, dependency.role, role.name); !way.empty()) {
          file->add_mistake(dependency.line, "depends-on", dependency.role,
                            role.name + " waits for " + join(way, ", which waits for ") +
                                ", so that none could be started first; leave one of them out");
        } else {
          waits_for[role.name].insert(dependency.role);
        }
      }
    }
  }
}

Role ApplicationReader::finish(ReadRole read) {
  Role role;
  role.name = read.name;
  take_public_port(read, role);
  for (ReadVersion& version : read.versions) role.versions.push_back(std::move(version.version));
  std::sort(
      role.versions.begin(), role.versions.end(),
      [](const ServiceVersion& left, const ServiceVersion& right) { return left.version < right.version; });
  return role;
}

// In the Exosphere tools a port was a container's own, so two roles may state the same one; the first has it.
void ApplicationReader::take_public_port(const ReadRole& read, Role& role) {
  for (const auto& [version, file] : read.versions) {
    if (version.type != ServiceType::kPublic) continue;
    role.is_public = true;
    if (version.port == 0) continue;
    if (role.public_port != 0 && role.public_port != version.port) {
      file->add_mistake(
          version.port_line, "development.port", std::to_string(version.port),
          "another version of \"" + role.name + "\" has the port " + std::to_string(role.public_port) + " (" +
              role.port_file + ":" + std::to_string(role.port_line) +
              "); a role has one port, from which exo forwards to all its versions. Write the same");
      continue;
    }
    role.public_port = version.port;
    role.port_file = file->name();
    role.port_line = version.port_line;
  }
  for (const Role& other : application_.roles) {
    if (role.public_port == 0 || other.public_port != role.public_port) continue;
    files_.front()->add_notice({.file = role.port_file,
                                .line = role.port_line,
                                .message = "the port " + std::to_string(role.public_port) + " belongs to \"" +
                                           other.name + "\" (" + other.port_file + ":" +
                                           std::to_string(other.port_line) +
                                           "); exo chooses a free one for \"" + role.name + "\""});
    role.public_port = 0;
    role.port_file.clear();
    role.port_line = 0;
  }
}

void ApplicationReader::note_default_versions() {
  std::vector<std::string> names;
  for (const ReadRole& role : roles_) {
    for (const ReadVersion& read : role.versions) {
      if (!read.version.version_stated) names.push_back(role.name);
    }
  }
  if (names.empty()) return;
  const std::string without = names.size() == 1
                                  ? " states no version in its service.yml; it counts as 0.0.1"
                                  : " state no version in their service.yml; they count as 0.0.1";
  application_file().add_notice(0, join_for_people(names) + without);
}

LoadedApplication ApplicationReader::result() {
  LoadedApplication loaded;
  for (const auto& file : files_) {
    // A folder that two roles use is read twice, and its mistakes are told once.
    std::vector<Mistake> mistakes;
    for (const Mistake& mistake : file->mistakes()) {
      const auto& told = loaded.mistakes;
      if (std::find(told.begin(), told.end(), mistake) == told.end()) mistakes.push_back(mistake);
    }
    std::stable_sort(mistakes.begin(), mistakes.end(),
                     [](const Mistake& left, const Mistake& right) { return left.line < right.line; });
    loaded.mistakes.insert(loaded.mistakes.end(), mistakes.begin(), mistakes.end());
    add_untold(file->notices(), loaded.notices);
    add_untold(file->unhonoured(), loaded.unhonoured);
  }
  if (loaded.mistakes.empty()) loaded.application = std::move(application_);
  return loaded;
}

}  // namespace exo

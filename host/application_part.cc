#include "host/application_part.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/nearest_word.h"
#include "base/semantic_version.h"
#include "base/text.h"

namespace exo {
namespace {

// Versions that stay, and what follows from each.
class Part {
 public:
  Part(const Application& application, const ScriptCatalog& scripts)
      : application_(application), scripts_(scripts) {}

  Result<void> want(const std::string& name) {
    const std::size_t at = name.find('@');
    const std::string role_name = name.substr(0, at);
    const Role* role = application_.find_role(role_name);
    if (role == nullptr) return no_such_role(name, role_name);
    if (at == std::string::npos) {
      want_all(*role);
      return {};
    }
    const ServiceVersion* version = application_.find_version(role_name, name.substr(at + 1));
    if (version == nullptr) return no_such_version(name, *role);
    want(*version);
    return {};
  }

  // To be called when all that is wanted by name is known.
  void add_what_they_depend_on() {
    while (!unfollowed_.empty()) {
      const ServiceVersion* version = unfollowed_.back();
      unfollowed_.pop_back();
      follow(*version);
    }
  }

  bool holds(const VersionKey& key) const { return kept_.contains(key); }

 private:
  void want_all(const Role& role) {
    for (const ServiceVersion& version : role.versions) want(version);
  }

  void want(const ServiceVersion& version) {
    if (!kept_.insert({version.role, to_string(version.version)}).second) return;
    unfollowed_.push_back(&version);
    kept_roles_.insert(version.role);
  }

  void follow(const ServiceVersion& version) {
    for (const RequiredServiceVersion& required : version.required_versions) {
      const ServiceVersion* found = application_.find_version(required.role, to_string(required.version));
      if (found != nullptr) want(*found);
    }
    const Script* script = scripts_.find({version.role, to_string(version.version)});
    for (const NamedVersion& required :
         script == nullptr ? std::vector<NamedVersion>() : script->settings.required) {
      const auto* found = application_.find_version(required.version.role, required.version.version);
      if (found != nullptr) want(*found);
    }
    for (const ServiceDependency& dependency : version.dependencies) {
      const Role* role = application_.find_role(dependency.role);
      if (role != nullptr && !kept_roles_.contains(role->name)) want_all(*role);
    }
  }

  Error no_such_role(const std::string& name, const std::string& role) const {
    std::vector<std::string> known;
    for (const Role& each : application_.roles) known.push_back(each.name);
    const std::string nearest = did_you_mean(role, known);
    return {"usage", "--only " + name + ": there is no service " + in_quotes(role) +
                         (nearest.empty() ? "; the services are " + join_for_people(known) : nearest)};
  }

  static Error no_such_version(const std::string& name, const Role& role) {
    std::vector<std::string> known;
    for (const ServiceVersion& each : role.versions) known.push_back(to_string(each.version));
    return {"usage", "--only " + name + ": the versions of " + role.name + " are " + join_for_people(known)};
  }

  const Application& application_;
  const ScriptCatalog& scripts_;
  std::set<VersionKey> kept_;
  std::set<std::string> kept_roles_;
  std::vector<const ServiceVersion*> unfollowed_;
};

}  // namespace

Result<std::vector<VersionKey>> keep_only(const std::vector<std::string>& wanted, Application& application,
                                          ScriptCatalog& scripts) {
  std::vector<VersionKey> left_out;
  if (wanted.empty()) return left_out;
  Part part(application, scripts);
  for (const std::string& name : wanted) {
    if (const auto known = part.want(name); !known) return known.error();
  }
  part.add_what_they_depend_on();
  std::vector<Role> roles;
  for (Role& role : application.roles) {
    std::vector<ServiceVersion> versions;
    for (ServiceVersion& version : role.versions) {
      VersionKey key{version.role, to_string(version.version)};
      if (part.holds(key)) {
        versions.push_back(std::move(version));
      } else {
        left_out.push_back(std::move(key));
      }
    }
    role.versions = std::move(versions);
    if (!role.versions.empty()) roles.push_back(std::move(role));
  }
  application.roles = std::move(roles);
  std::erase_if(scripts.scripts, [&](const Script& script) { return !part.holds(script.brings_in); });
  return left_out;
}

}  // namespace exo

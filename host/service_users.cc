#include "host/service_users.h"

#include <set>

#include "base/check.h"

namespace exo {

ServiceUsers::ServiceUsers(const Application& application, const ScriptCatalog& catalog, uid_t own)
    : own_(own) {
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) look_up(version.user);
  }
  for (const Script& script : catalog.scripts) {
    const VersionKey& key = script.brings_in;
    if (application.find_version(key.role, key.version) != nullptr) look_up(script.user);
  }
}

void ServiceUsers::look_up(const WantedUser& wanted) {
  if (!wanted.is_stated() || found_.count(wanted.name) != 0) return;
  auto user = find_user(wanted.name);
  if (user) found_.emplace(wanted.name, std::move(user).value());
}

const UnixUser* ServiceUsers::named(const WantedUser& wanted) const {
  const auto user = found_.find(wanted.name);
  return user == found_.end() ? nullptr : &user->second;
}

const UnixUser* ServiceUsers::to_become(const WantedUser& wanted) const {
  if (own_ != 0 || !wanted.is_stated()) return nullptr;
  const UnixUser* user = named(wanted);
  EXO_CHECK(user != nullptr);
  return user;
}

const UnixUser* ServiceUsers::user_of(const ServiceVersion& version) const {
  return to_become(version.user);
}

const UnixUser* ServiceUsers::user_of(const Script& script, const ServiceVersion& brought_in) const {
  return to_become(wanted_user(script, brought_in));
}

std::optional<uid_t> ServiceUsers::number_of(const ServiceVersion& version) const {
  if (own_ != 0 || !version.user.is_stated()) return own_;
  const UnixUser* user = named(version.user);
  return user == nullptr ? std::nullopt : std::optional(user->credentials.uid);
}

std::vector<uid_t> ServiceUsers::others() const {
  if (own_ != 0) return {};
  std::set<uid_t> numbers;
  for (const auto& [word, user] : found_) numbers.insert(user.credentials.uid);
  numbers.erase(own_);
  return {numbers.begin(), numbers.end()};
}

const WantedUser& wanted_user(const Script& script, const ServiceVersion& brought_in) {
  return script.user.is_stated() ? script.user : brought_in.user;
}

}  // namespace exo

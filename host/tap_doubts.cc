#include "host/tap_doubts.h"

#include <algorithm>
#include <string_view>

#include "base/nearest_word.h"
#include "base/text.h"

namespace exo {
namespace {

constexpr std::string_view kOfScripts = "deployment-";
constexpr std::string_view kOfExo = "exo";

bool is_outside_the_files(std::string_view word) {
  return word.starts_with(kOfScripts) || word.starts_with(kOfExo);
}

std::vector<std::string> roles_of(const Application& application) {
  std::vector<std::string> roles;
  for (const Role& role : application.roles) roles.push_back(role.name);
  return roles;
}

std::vector<std::string> names_of(const Application& application) {
  std::vector<std::string> names;
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      names.insert(names.end(), version.sends.begin(), version.sends.end());
      names.insert(names.end(), version.receives.begin(), version.receives.end());
      for (const MessageTranslation& each : version.translations) names.push_back(each.public_name);
    }
  }
  return names;
}

bool has_version(const Application& application, const TapWish& wish) {
  return std::any_of(application.roles.begin(), application.roles.end(), [&](const Role& role) {
    return (wish.role.empty() || role.name == wish.role) &&
           std::any_of(role.versions.begin(), role.versions.end(), [&](const ServiceVersion& version) {
             return to_string(version.version) == wish.version;
           });
  });
}

std::string doubt_about_role(const std::string& role, const Application& application) {
  const auto roles = roles_of(application);
  if (role.empty() || is_outside_the_files(role) || std::count(roles.begin(), roles.end(), role) > 0)
    return {};
  return "no service is called " + in_quotes(role) + " here" + did_you_mean(role, roles);
}

// Replies have names of their own, which no file lists, so a name is doubted only where it is near to one.
std::string doubt_about_name(const std::string& name, const Application& application) {
  const std::size_t star = name.find('*');
  if (star != std::string::npos && star + 1 < name.size())
    return "in " + in_quotes(name) + " the * is a letter like others; only at the end it stands for more";
  const auto names = names_of(application);
  if (name.empty() || star != std::string::npos || is_outside_the_files(name) ||
      std::count(names.begin(), names.end(), name) > 0)
    return {};
  const std::string nearest = did_you_mean(name, names);
  return nearest.empty() ? "" : "no service states a message " + in_quotes(name) + nearest;
}

std::string doubt_about_version(const TapWish& wish, const Application& application) {
  if (wish.version.empty() || has_version(application, wish) || is_outside_the_files(wish.role)) return {};
  const std::string whose = wish.role.empty() ? "no service here" : wish.role;
  return whose + " has " + (wish.role.empty() ? "a" : "no") + " version " + wish.version;
}

}  // namespace

std::vector<std::string> doubts_about(const TapWish& wish, const Application& application) {
  std::vector<std::string> doubts{doubt_about_role(wish.role, application),
                                  doubt_about_name(wish.name, application),
                                  doubt_about_version(wish, application)};
  std::erase(doubts, "");
  return doubts;
}

}  // namespace exo

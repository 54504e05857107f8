#include "host/spec_check.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "base/nearest_word.h"
#include "base/text.h"

namespace exo {
namespace {

std::string public_name(const ServiceVersion& version, const std::string& internal_name) {
  for (const MessageTranslation& translation : version.translations) {
    if (translation.internal_name == internal_name) return translation.public_name;
  }
  return internal_name;
}

// Public names, sorted.
std::vector<std::string> received_by(const Role& role) {
  std::set<std::string> names;
  for (const ServiceVersion& version : role.versions) {
    for (const std::string& name : version.receives) names.insert(public_name(version, name));
  }
  return {names.begin(), names.end()};
}

Mistake mistake_at(const Place& place, const std::string& value, const std::string& message,
                   const std::string& nearest) {
  return {.file = place.file,
          .line = place.line,
          .key = printable(place.key),
          .value = printable(value),
          .message = naming(value, message),
          .nearest = nearest};
}

Mistake unknown_role(const SpecService& service, const Application& application) {
  std::vector<std::string> roles;
  for (const Role& role : application.roles) roles.push_back(role.name);
  const std::string nearest = nearest_word(service.role, roles);
  return mistake_at(service.role_place, service.role,
                    "the application has no such service" +
                        (nearest.empty() ? "; write its role below it, one of: role: " + join(roles, ", ")
                                         : "; did you mean \"" + nearest + "\"?"),
                    nearest);
}

void check_messages(const SpecRecords& records, const Role& role, std::vector<Mistake>& mistakes) {
  const std::vector<std::string> received = received_by(role);
  for (const auto& [key, place] : records.places) {
    const std::string& name = key == "add" ? records.add : key == "list" ? records.list : records.search;
    if (std::binary_search(received.begin(), received.end(), name)) continue;
    const std::string nearest = nearest_word(name, received);
    mistakes.push_back(mistake_at(
        place, name,
        role.name + " does not receive it" +
            (nearest.empty() ? "; it receives " + (received.empty() ? "nothing" : join_for_people(received))
                             : "; did you mean \"" + nearest + "\"?"),
        nearest));
  }
}

}  // namespace

std::vector<Mistake> check_nouns(const SpecNouns& nouns, const Application& application) {
  std::vector<Mistake> mistakes;
  for (const SpecService& service : nouns.services) {
    const Role* role = application.find_role(service.role);
    if (role == nullptr) {
      mistakes.push_back(unknown_role(service, application));
      continue;
    }
    for (const SpecRecords& records : service.records) check_messages(records, *role, mistakes);
  }
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const Mistake& left, const Mistake& right) { return left.line < right.line; });
  return mistakes;
}

std::vector<Notice> doubtful_nouns(const Application& application) {
  LoadedNouns loaded = load_nouns(application.folder);
  std::vector<Mistake> mistakes =
      loaded.mistakes.empty() ? check_nouns(loaded.nouns, application) : std::move(loaded.mistakes);
  std::vector<Notice> notices;
  for (const Mistake& mistake : mistakes) {
    const std::string key = mistake.key.empty() ? "" : mistake.key + ": ";
    notices.push_back({.file = mistake.file, .line = mistake.line, .message = key + mistake.message});
  }
  return notices;
}

}  // namespace exo

#include "services/application.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "services/application_reader.h"
#include "services/readable_application.h"

namespace exo {
namespace {

LoadedApplication only_mistake(const std::string& folder, std::string message) {
  LoadedApplication loaded;
  loaded.mistakes.push_back(
      {.file = printable(folder), .line = 0, .key = "", .value = "", .message = std::move(message)});
  return loaded;
}

}  // namespace

const Role* Application::find_role(std::string_view role_name) const {
  const auto found = std::find_if(roles.begin(), roles.end(),
                                  [role_name](const Role& role) { return role.name == role_name; });
  return found == roles.end() ? nullptr : &*found;
}

const ServiceVersion* Application::find_version(std::string_view role_name, std::string_view version) const {
  const Role* role = find_role(role_name);
  if (role == nullptr) return nullptr;
  const auto found = std::find_if(
      role->versions.begin(), role->versions.end(),
      [version](const ServiceVersion& candidate) { return to_string(candidate.version) == version; });
  return found == role->versions.end() ? nullptr : &*found;
}

LoadedApplication load_application(const std::string& folder, const FolderCopies& copies) {
  const Result<std::string> real = real_path(folder);
  if (!real.ok()) return only_mistake(folder, "there is no such folder; name the folder of an application");
  struct stat status {};
  if (::stat(real.value().c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return only_mistake(folder, "this is not a folder; name the folder that holds the application.yml");
  }
  return ApplicationReader(real.value(), copies).read();
}

Application readable_application(const std::string& folder) {
  const Result<std::string> real = real_path(folder);
  return real.ok() ? ApplicationReader(real.value()).read_what_can_be() : Application{};
}

}  // namespace exo

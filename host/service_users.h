// Whom each service version and each deployment script runs as.
//
// Only root may start a process as somebody else. So where exo is root each gets the user that it asks for;
// where exo is anybody else all of them run as that one, and to ask for another is a mistake (user_check.h).
// A script runs as its own folder says, else as the version that it brings in.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/unix_user.h"
#include "deployment-scripts/script_catalog.h"
#include "services/application.h"

namespace exo {

// A value: the users as the user database knew them when it was made. Any thread.
class ServiceUsers {
 public:
  // Of nobody: everything runs as exo itself.
  ServiceUsers() = default;
  // Looks up each user that is named; `own` is who exo is. Blocks on the user database.
  ServiceUsers(const Application& application, const ScriptCatalog& catalog, uid_t own = ::geteuid());

  uid_t own() const { return own_; }
  // Whoever is named, whether exo may become it or not; null when nobody is, or there is no such user.
  const UnixUser* named(const WantedUser& wanted) const;

  // Whom a process is to become; null where it is to stay who exo is. To ask for a process whose user is not
  // there is a bug, since it would stay root: the check of users has refused it.
  const UnixUser* user_of(const ServiceVersion& version) const;
  const UnixUser* user_of(const Script& script, const ServiceVersion& brought_in) const;
  // The number of the user that its processes have in the end; nullopt when there is no such user.
  std::optional<uid_t> number_of(const ServiceVersion& version) const;

  // The numbers of those that some process is to become and exo is not; each once, sorted.
  std::vector<uid_t> others() const;

 private:
  void look_up(const WantedUser& wanted);
  const UnixUser* to_become(const WantedUser& wanted) const;

  uid_t own_ = ::geteuid();
  std::map<std::string, UnixUser> found_;  // by the word that names them
};

// Whom the script is to run as, as somebody wrote it.
const WantedUser& wanted_user(const Script& script, const ServiceVersion& brought_in);

}  // namespace exo

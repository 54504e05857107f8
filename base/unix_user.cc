#include "base/unix_user.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace exo {
namespace {

// To the system calls: leave it as it is.
constexpr uid_t kStay = static_cast<uid_t>(-1);

std::optional<uid_t> number_of(std::string_view text) {
  uid_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = !text.empty() && error == std::errc{} && end == text.data() + text.size();
  return is_number && number != kStay ? std::optional(number) : std::nullopt;
}

const passwd* entry_of(const std::string& name_or_number) {
  if (const passwd* entry = ::getpwnam(name_or_number.c_str())) return entry;
  const auto number = number_of(name_or_number);
  return number ? ::getpwuid(*number) : nullptr;
}

std::vector<gid_t> groups_of(const passwd& user) {
  int count = 32;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count) < 0) {
    count = std::max(count, static_cast<int>(groups.size()) * 2);
    groups.resize(static_cast<std::size_t>(count));
  }
  groups.resize(static_cast<std::size_t>(count));
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace

Result<UnixUser> find_user(const std::string& name_or_number) {
  const passwd* entry = entry_of(name_or_number);
  if (entry == nullptr) {
    return Error{"absent", "there is no user " + in_quotes(name_or_number) + " on this machine"};
  }
  UnixUser user{.name = entry->pw_name,
                .home = entry->pw_dir,
                .shell = entry->pw_shell,
                .credentials = {.uid = entry->pw_uid, .gid = entry->pw_gid, .groups = {}}};
  user.credentials.groups = groups_of(*entry);
  return user;
}

std::vector<std::string> user_names() {
  constexpr std::size_t kMostNames = 20'000;
  std::vector<std::string> names;
  ::setpwent();
  for (const passwd* entry = ::getpwent(); entry != nullptr && names.size() < kMostNames;
       entry = ::getpwent()) {
    names.emplace_back(entry->pw_name);
  }
  ::endpwent();
  return names;
}

std::string user_name(uid_t uid) {
  const passwd* user = ::getpwuid(uid);
  return user != nullptr ? user->pw_name : "uid " + std::to_string(uid);
}

bool become(const Credentials& credentials) {
  if (credentials.uid == kStay || credentials.gid == kStay) {
    errno = EINVAL;
    return false;
  }
  return ::setgroups(credentials.groups.size(), credentials.groups.data()) == 0 &&
         ::setresgid(credentials.gid, credentials.gid, credentials.gid) == 0 &&
         ::setresuid(credentials.uid, credentials.uid, credentials.uid) == 0;
}

}  // namespace exo

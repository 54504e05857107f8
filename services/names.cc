#include "services/names.h"

#include <algorithm>

#include "base/text.h"
#include "services/application.h"

namespace exo {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool begins_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

}  // namespace

std::string fault_of_role(std::string_view name) {
  if (name.empty()) return "is empty; name the service's responsibility, as in \"todo-search\"";
  if (name.size() > kMaxRoleBytes)
    return "is longer than " + std::to_string(kMaxRoleBytes) + " letters; shorten it";
  if (name == "exo" || name == "exo-operator") return "is exo's own name; choose another";
  if (begins_with(name, "deployment-")) {
    return "begins with \"deployment-\", which deployment scripts are called; choose another name";
  }
  if (name == "operator" || begins_with(name, "operator-")) {
    return "is what the connections of people are called; choose another name";
  }
  const bool letters =
      std::all_of(name.begin(), name.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
  const bool hyphens = name.back() != '-' && name.find("--") == std::string_view::npos;
  if (is_lower(name.front()) && letters && hyphens) return {};
  return "is not a role; write lower-case letters and digits in words joined by \"-\", beginning with a "
         "letter, "
         "as in \"todo-search\"";
}

std::string fault_of_message_name(std::string_view name) {
  if (name.empty()) return "is empty; name a message, as in \"todos.list\"";
  if (name.size() > kMaxNameBytes)
    return "is longer than " + std::to_string(kMaxNameBytes) + " bytes; shorten it";
  if (has_control_characters(name)) return "has a control character in it; leave that out";
  if (begins_with(name, "exo."))
    return "begins with \"exo.\", which exo's own messages do; choose another name";
  return {};
}

std::string fault_of_variable_name(std::string_view name) {
  const bool letters = std::all_of(
      name.begin(), name.end(), [](char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '_'; });
  if (!name.empty() && name.size() <= kMaxNameBytes && letters && !is_digit(name.front())) return {};
  return "is not the name of an environment variable; write letters, digits and \"_\", as in "
         "\"DATABASE_URL\"";
}

bool is_variable_of_exo(std::string_view name) {
  return name == "ROLE" || begins_with(name, "EXO_");
}

bool is_variable_decided_by_exo(std::string_view name) {
  return name == "PORT" || name == "SERVICE_DATA" || name == "EXOCOM_HOST" || name == "EXOCOM_PORT";
}

std::string constant_case(std::string_view role) {
  std::string result(role);
  for (char& c : result) {
    if (is_lower(c)) c = static_cast<char>(c - 'a' + 'A');
    if (c == '-') c = '_';
  }
  return result;
}

}  // namespace exo

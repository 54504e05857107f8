// Which words may be names. Each function says what is wrong with a name and how to mend it, in a sentence
// that goes on from the name itself ("… must begin with a letter"), or nothing when it is legal. Pure.
#pragma once

#include <string>
#include <string_view>

namespace exo {

// A role: lower-case letters and digits in parts joined by single "-", beginning with a letter; it becomes
// part of file names, message names and environment variables. `exo`, `exo-operator`, `operator` and what
// begins with `deployment-` or `operator-` are exo's own.
std::string fault_of_role(std::string_view name);

// A message: any text of up to 255 bytes without control characters that does not begin with `exo.`, whose
// messages go to the host.
std::string fault_of_message_name(std::string_view name);

// A variable that a shell can use: letters, digits and "_", not beginning with a digit.
std::string fault_of_variable_name(std::string_view name);

// True for variables that exo gives every instance and an application cannot: ROLE and what begins with EXO_.
bool is_variable_of_exo(std::string_view name);

// True for variables whose value exo decides although services of the Exosphere tools may state one: PORT,
// SERVICE_DATA, EXOCOM_HOST, EXOCOM_PORT.
bool is_variable_decided_by_exo(std::string_view name);

// "todo-search" becomes "TODO_SEARCH": the role's part in the name of an environment variable.
std::string constant_case(std::string_view role);

}  // namespace exo

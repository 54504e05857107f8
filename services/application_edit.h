// Adding to an application.yml as a person would: its comments, its order and its way of writing stay.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

// The text of an application.yml that says what `text` says and has one more service, in the folder of its
// role's name. Pure. Errors: `malformed` for what is no YAML; `taken`, with the line, for a role that is
// there; `by-hand` where the text is written so that a line more would change what it says, with what to add.
Result<std::string> add_service(std::string_view text, std::string_view role);

// The text of a new one, with no service yet.
std::string new_application(std::string_view name);

}  // namespace exo

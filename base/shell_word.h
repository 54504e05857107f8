// What a person may type, or copy, into a shell.
#pragma once

#include <string>
#include <string_view>

namespace exo {

// `text` as one word of a shell: as it is where a shell takes it so, else in single quotes.
std::string shell_word(std::string_view text);

}  // namespace exo

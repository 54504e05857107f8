// Sizes as people read them. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace exo {

// "1 byte", "54.1 MiB": to a tenth, of 1024.
std::string bytes_for_people(std::uint64_t bytes);

}  // namespace exo

#include "base/byte_size.h"

#include <array>
#include <cstdio>

namespace exo {

std::string bytes_for_people(std::uint64_t bytes) {
  constexpr double kStep = 1024;
  if (bytes < 1024) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  auto size = static_cast<double>(bytes) / kStep;
  const char* unit = "KiB";
  for (const char* larger : {"MiB", "GiB"}) {
    if (size < kStep - 0.05) break;  // it would be shown as 1024.0 of the smaller
    size /= kStep;
    unit = larger;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", size, unit);
  return text.data();
}

}  // namespace exo

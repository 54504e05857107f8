#include "base/ids.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

#include "base/check.h"

namespace exo {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t filled = 0; filled < count;) {
    const ssize_t got = ::getrandom(bytes.data() + filled, count - filled, 0);
    EXO_CHECK(got > 0 || errno == EINTR);
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::string random_id(std::size_t bits) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  std::string id = random_bytes((bits + 4) / 5);
  for (char& letter : id) letter = kLetters[static_cast<std::uint8_t>(letter) % kLetters.size()];
  return id;
}

std::string random_hex(std::size_t bits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : random_bytes((bits + 7) / 8)) {
    text += kDigits[static_cast<std::uint8_t>(byte) >> 4];
    text += kDigits[static_cast<std::uint8_t>(byte) & 0xf];
  }
  return text;
}

}  // namespace exo

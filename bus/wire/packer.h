// Writing msgpack into a string. Inside .cc files only: it brings msgpack's headers along.
#pragma once

#define MSGPACK_NO_BOOST
#include <array>
#include <bit>
#include <cstdint>
#include <msgpack/pack.hpp>
#include <string>
#include <string_view>

namespace exo {

// The stream that msgpack writes to: appends to a string that somebody else keeps.
struct StringStream {
  std::string& text;
  void write(const char* data, std::size_t size) { text.append(data, size); }
};

using Packer = msgpack::packer<StringStream>;

// One value in its shortest form. (Packer::pack() would bring msgpack's object model and all its adaptors
// along.)
inline void pack_number(Packer& packer, std::uint64_t number) {
  packer.pack_uint64(number);
}

inline void pack_flag(Packer& packer, bool flag) {
  if (flag) {
    packer.pack_true();
  } else {
    packer.pack_false();
  }
}

// A whole number where it is one that msgpack's integers hold. (Packer::pack_double() takes 2^64 for such a
// one.)
inline void pack_fraction(StringStream& stream, Packer& packer, double number) {
  constexpr double kBeyondIntegers = 18446744073709551616.0;  // 2^64
  if (!(number >= kBeyondIntegers)) {
    packer.pack_double(number);
    return;
  }
  const auto bits = std::bit_cast<std::uint64_t>(number);
  std::array<char, 9> bytes{static_cast<char>(0xcb)};
  for (unsigned i = 0; i < 8; ++i) bytes.at(i + 1) = static_cast<char>(bits >> (56 - 8 * i) & 0xFFU);
  stream.write(bytes.data(), bytes.size());
}

inline void pack_string(Packer& packer, std::string_view text) {
  packer.pack_str(static_cast<std::uint32_t>(text.size()));
  packer.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
}

}  // namespace exo

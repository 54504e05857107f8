// Writing msgpack into a string. Inside .cc files only: it brings msgpack's headers along.
#pragma once

#define MSGPACK_NO_BOOST
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

inline void pack_string(Packer& packer, std::string_view text) {
  packer.pack_str(static_cast<std::uint32_t>(text.size()));
  packer.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
}

}  // namespace exo

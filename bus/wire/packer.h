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

inline void pack_string(Packer& packer, std::string_view text) {
  packer.pack_str(static_cast<std::uint32_t>(text.size()));
  packer.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
}

}  // namespace exo

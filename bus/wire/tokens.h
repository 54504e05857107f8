// A msgpack value as a flat list of tokens, the step between bytes from outside and what they mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace exo {

// One element, in the order of the bytes. A list of n is followed by its n elements, a map of n by n keys and
// values in turn.
struct Token {
  enum class Type : std::uint8_t {
    kNil,
    kBool,
    kUnsigned,
    kNegative,
    kDouble,
    kString,
    kBinary,
    kExtension,
    kList,
    kMap,
  };

  Type type = Type::kNil;
  // The bool (0 or 1), the integer (a negative one in two's complement), the double's bits, or the count of a
  // list or map.
  std::uint64_t number = 0;
  std::string_view bytes;  // of a string, binary or extension; points into the bytes that were read
};

// What is refused although it is well-formed, so that bytes from outside can exhaust neither stack nor
// memory.
struct TokenLimits {
  std::size_t nesting = 16;  // lists and maps within each other
  std::size_t tokens = 1024 * 1024;
};

// Replaces `tokens` (whose capacity is reused) with the one value that fills `bytes` completely; allocates
// nothing else. Errors have the code `malformed`; `tokens` then holds what was read until then.
Result<void> read_tokens(std::span<const std::byte> bytes, const TokenLimits& limits,
                         std::vector<Token>& tokens);

// Walks over tokens that read_tokens() made. Asking for a token after the last is a bug. Owns nothing.
class TokenCursor {
 public:
  explicit TokenCursor(std::span<const Token> tokens) : tokens_(tokens) {}

  bool at_end() const { return tokens_.empty(); }
  const Token& peek() const;
  const Token& next();
  // Passes one value with everything inside it.
  void skip();

 private:
  std::span<const Token> tokens_;
};

}  // namespace exo

// The text of an id, kept in place.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "bus/wire/header.h"

namespace exo::routing {

// A value of at most kIdLimitBytes bytes that never allocates; a longer text is a bug, since the wire refuses
// it.
class ShortText {
 public:
  ShortText() = default;
  explicit ShortText(std::string_view text) : length_(static_cast<std::uint8_t>(text.size())) {
    EXO_CHECK(text.size() <= kIdLimitBytes);
    std::copy(text.begin(), text.end(), bytes_.begin());
  }
  std::string_view view() const { return {bytes_.data(), length_}; }

 private:
  std::array<char, kIdLimitBytes> bytes_;
  std::uint8_t length_ = 0;
};

}  // namespace exo::routing

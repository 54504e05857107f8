// The version that a message asks for: exact or a range.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/semantic_version.h"
#include "bus/routing_table.h"

namespace exo::routing {

// A value. The text of a version asks for exactly that, whatever it looks like; any other text is read as a
// range, and one that cannot be read admits nothing. Empty admits every version.
struct VersionPin {
  std::string text;
  std::optional<VersionRange> range;

  bool admits(const RoutingTable::Version& version) const;
};

// Reads pins and remembers them, since the same few come again and again. One thread; bounded: it forgets all
// of them when it has seen too many.
class VersionPins {
 public:
  // Valid until the next call.
  const VersionPin& read(std::string_view text);

 private:
  RoutingTable::TextMap<VersionPin> pins_;
};

}  // namespace exo::routing

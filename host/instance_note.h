// What the keeper keeps of an instance for a later host, beside what it knows itself: which version it is one
// of, and where it listens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace exo {

// A value. The text is a JSON object: {"version","port","artifact"}; keys may be added.
struct InstanceNote {
  std::string version;
  std::uint16_t port = 0;  // 0: none
  std::string artifact;    // digest of the one that it runs from a copy of; empty: the working tree

  bool operator==(const InstanceNote&) const = default;
};

std::string to_text(const InstanceNote& note);
// Nullopt for what no host has written for an instance, such as the note of a script, which is empty.
std::optional<InstanceNote> parse_instance_note(const std::string& text);

}  // namespace exo

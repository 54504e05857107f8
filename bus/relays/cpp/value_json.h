// Values as JSON text, for people and for payloads of the content type `json`.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "bus/relays/cpp/value.h"

namespace exo {

// Error code "malformed"; the message says at which byte the text stops being JSON. No text at all is nil.
Result<Value> value_from_json(std::string_view text);

// Compact JSON. What JSON has no word for becomes {"$binary": "<hexadecimal digits>"}; bytes that are not
// UTF-8 are replaced by U+FFFD. That object is one level deeper: bytes in the deepest list or map that a
// value may have cannot be read back.
std::string value_to_json(const Value& value);

}  // namespace exo

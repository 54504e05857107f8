// An event as a line of JSON that can stand for it: every field, and both hashes in hexadecimal.
//
//   {"sequence":2,"format":1,"epoch":3,"at":1795208579407000000,"who":"exo",…,"details":"{…}",
//    "previous_hash":"c471…","hash":"9ccb…"}
//
// `details` is the text that the hash is made over, in a string, and not an object in the object: whoever
// reads it needs the bytes. docs/ledger.md has an example.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "ledger/event.h"

namespace exo {

// Without the line's end; always in the same order of keys.
std::string event_to_json(const LedgerEvent& event);

// Code "malformed" for what event_to_json() has not written; whether the hash is right is not looked at. Keys
// that are not known are passed over.
Result<LedgerEvent> event_from_json(std::string_view line);

// nullopt for what is not 64 hexadecimal digits in lower case.
std::optional<Sha256Digest> digest_from_hex(std::string_view text);

}  // namespace exo

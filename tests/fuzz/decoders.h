// What the fuzzers drive: each takes bytes from outside and aborts when a decoder breaks a promise.
#pragma once

#include <cstddef>
#include <span>

namespace exo {

// Decodes bytes as a header. What is accepted must be encoded and decoded again to the same header.
void exercise_header(std::span<const std::byte> bytes);

// Decodes bytes as each of the control payloads. What is accepted must survive encoding and decoding.
void exercise_control(std::span<const std::byte> bytes);

}  // namespace exo

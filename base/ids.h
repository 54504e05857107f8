// Names that nobody else has: random text from the kernel.
//
// An id of 80 bits is never met twice by chance; a token that must not be guessed has at least 128. The
// kernel's source does not fail once it is seeded, which it is long before exo starts, so none of these can
// fail.
#pragma once

#include <cstddef>
#include <string>

namespace exo {

// `count` random bytes.
std::string random_bytes(std::size_t count);

// At least `bits` random bits in lower-case base 32 (a-z, 2-7), five to a letter: fit for names of files,
// sockets and message ids, and read over the telephone without asking about case.
std::string random_id(std::size_t bits = 80);

// At least `bits` random bits in lower-case hexadecimal, four to a digit, an even number of digits: for
// tokens.
std::string random_hex(std::size_t bits = 256);

}  // namespace exo

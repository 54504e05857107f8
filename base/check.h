// Assertions against bugs, on in every build: a host that has lost its invariants must not go on.
#pragma once

namespace exo {

// Prints the place and the condition to standard error and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace exo

#define EXO_CHECK(condition) ((condition) ? (void)0 : ::exo::check_failed(#condition, __FILE__, __LINE__))

// A signal is no failure: a call of ZeroMQ that a signal broke off has done nothing and is made again.
#pragma once

#include <cerrno>

namespace exo {

// What `call` returns, once it is not -1 with EINTR. For calls that do not wait, or may wait on after
// a signal.
template <typename Call>
int uninterrupted(const Call& call) {
  int outcome = call();
  while (outcome < 0 && errno == EINTR) outcome = call();
  return outcome;
}

}  // namespace exo

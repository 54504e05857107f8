#include "bus/relays/cpp/relay_context.h"

#include <zmq.h>

#include <stdexcept>

#include "base/check.h"
#include "bus/wire/uninterrupted.h"

namespace exo {
namespace {

// ZeroMQ's own limit would do for 341 relays: each has a socket, and two for what becomes of its peer.
constexpr int kSockets = 30'000;

}  // namespace

RelayContext::RelayContext() : native_(zmq_ctx_new()) {
  if (native_ == nullptr) throw std::runtime_error("ZeroMQ: no context");
  const int set = zmq_ctx_set(native_, ZMQ_MAX_SOCKETS, kSockets);
  EXO_CHECK(set == 0);
}

RelayContext::~RelayContext() {
  uninterrupted([&] { return zmq_ctx_term(native_); });
}

}  // namespace exo

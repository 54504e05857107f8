#include "bus/wire/payload.h"

#include <zmq.h>

#include <cstring>
#include <new>

#include "base/check.h"

namespace exo {

static_assert(sizeof(zmq_msg_t) == 64 && alignof(zmq_msg_t) <= 8, "Payload::storage_ must hold a zmq_msg_t");

namespace {

zmq_msg_t* message_in(std::byte* storage) {
  return reinterpret_cast<zmq_msg_t*>(storage);
}

}  // namespace

Payload::Payload() noexcept {
  zmq_msg_init(message_in(storage_));
}

Payload::Payload(std::span<const std::byte> bytes) {
  if (zmq_msg_init_size(message_in(storage_), bytes.size()) != 0) throw std::bad_alloc();
  if (!bytes.empty()) std::memcpy(zmq_msg_data(message_in(storage_)), bytes.data(), bytes.size());
}

Payload::Payload(std::string_view bytes) : Payload(std::as_bytes(std::span(bytes))) {}

Payload::Payload(Payload&& other) noexcept : Payload() {
  zmq_msg_move(message_in(storage_), message_in(other.storage_));
}

Payload& Payload::operator=(Payload&& other) noexcept {
  if (this != &other) zmq_msg_move(message_in(storage_), message_in(other.storage_));
  return *this;
}

Payload::~Payload() {
  zmq_msg_close(message_in(storage_));
}

Payload Payload::share() const {
  Payload copy;
  const int copied = zmq_msg_copy(message_in(copy.storage_), message_in(storage_));
  EXO_CHECK(copied == 0);
  return copy;
}

std::span<const std::byte> Payload::bytes() const {
  zmq_msg_t* message = message_in(storage_);
  return {static_cast<const std::byte*>(zmq_msg_data(message)), zmq_msg_size(message)};
}

std::string_view Payload::text() const {
  const auto content = bytes();
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

}  // namespace exo

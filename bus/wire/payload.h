// The opaque second frame of a message.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace exo {

// Bytes that are passed on without being copied or read. Holds a ZeroMQ message in place, so that a payload
// received from one socket is sent on another without a copy; needs no socket and no context itself.
//
// Owns its bytes; share() makes a second owner of the same bytes (the count is atomic). One object may be
// used by one thread at a time; it may be moved between threads.
class Payload {
 public:
  Payload() noexcept;
  explicit Payload(std::span<const std::byte> bytes);
  explicit Payload(std::string_view bytes);
  Payload(Payload&& other) noexcept;
  Payload& operator=(Payload&& other) noexcept;
  Payload(const Payload&) = delete;
  Payload& operator=(const Payload&) = delete;
  ~Payload();

  // A second owner of the same bytes, which must not be changed from then on.
  Payload share() const;
  // Valid until this object is changed, moved or destroyed.
  std::span<const std::byte> bytes() const;
  std::string_view text() const;
  std::size_t size() const { return bytes().size(); }

  // The zmq_msg_t inside, for the loops that receive and send.
  void* native() { return storage_; }

 private:
  static constexpr std::size_t kNativeSize = 64;  // sizeof(zmq_msg_t), checked in payload.cc
  alignas(8) mutable std::byte storage_[kNativeSize];
};

}  // namespace exo

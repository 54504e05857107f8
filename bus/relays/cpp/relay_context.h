// ZeroMQ's threads, for many relays in one process.
#pragma once

namespace exo {

// A relay has two threads of ZeroMQ to itself; a program with hundreds of relays shares one context, and so
// two threads, among them (RelayOptions::context). It may be shared by relays of several threads, and lives
// until the last of them is gone: hence the std::shared_ptr.
class RelayContext {
 public:
  RelayContext();
  ~RelayContext();
  RelayContext(const RelayContext&) = delete;
  RelayContext& operator=(const RelayContext&) = delete;

  // The context of libzmq.
  void* native() const { return native_; }

 private:
  void* native_;
};

}  // namespace exo

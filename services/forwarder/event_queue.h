// What the forwarder's thread tells the host: events in order, and a descriptor that wakes the host for them.
#pragma once

#include <mutex>
#include <vector>

#include "base/unique_fd.h"
#include "services/forwarder/forwarder.h"

namespace exo {

// Any thread may push and take. Not bounded: the forwarder pushes at most a few events for each table, each
// version that is drained, and each second.
class EventQueue {
 public:
  // fd() is -1 when the system gives no descriptor.
  EventQueue();

  // Readable while take() has something.
  int fd() const { return wake_.get(); }
  void push(ForwarderEvent event);
  std::vector<ForwarderEvent> take();

 private:
  UniqueFd wake_;
  std::mutex mutex_;
  std::vector<ForwarderEvent> events_;
};

}  // namespace exo

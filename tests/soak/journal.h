// What each process of the soak has done, kept so that it outlives the process.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/unique_fd.h"
#include "tests/soak/message.h"

namespace exo::soak {

enum class Step : std::uint8_t {
  kSent,            // detail: the MessageKind; written before it is sent
  kRefused,         // by the sender's own relay
  kAccepted,        // by the bus, of a message that wants nothing
  kDelivered,       // written before the handler completes
  kDeliveredAgain,  // the same, with `redelivered`
  kAnswered,        // has got its last reply
  kFailed,          // detail: the Failure
  kDamaged,         // what came, or its reply, is not as it was sent
};

// One step of one message; as it is written.
struct Record {
  MessageKey key;
  Step step = Step::kSent;
  std::uint8_t detail = 0;
  std::uint16_t unused = 0;
};
static_assert(sizeof(Record) == 12);

// A file of records that one process appends to. Each is with the kernel when write() returns, so that a
// process that is killed then has it written. Throws where the disk is full.
class Journal {
 public:
  explicit Journal(const std::string& path);
  void write(const MessageKey& key, Step step, std::uint8_t detail = 0);

 private:
  UniqueFd file_;
};

// Calls `take` with each record of a journal, in order. A piece of a record at its end, which a killed
// process has left, counts as not written.
void read_journal(const std::string& path, const std::function<void(const Record&)>& take);

}  // namespace exo::soak

// What became of every message of the soak, and whether that is what the bus promises.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/soak/journal.h"
#include "tests/soak/message.h"

namespace exo::soak {

// What the bus promises, each a check of its own.
enum class Promise : std::uint8_t {
  kNothingVanishes,   // handled, or failed with an error to its sender; at least once: handled, and no error
  kNothingIsDoubled,  // not twice without `redelivered`, nor at all where nobody asked for at least once
  kOneOutcome,        // each request one end; each error once, and none of what else was handled
  kNothingIsDamaged,  // as it was sent, in both directions, and sent by somebody
  kErrorsAreKnown,    // the codes that such a message may end with, and none refused before it was sent
};
inline constexpr std::size_t kPromises = 5;
std::string_view words_for(Promise promise);

// How many messages of one kind there were, and what became of them.
struct KindCount {
  std::uint64_t sent = 0;
  std::uint64_t handled = 0;  // once at least
  std::uint64_t redelivered = 0;
  std::uint64_t answered = 0;
  std::array<std::uint64_t, kFailures.size()> failed{};
};

// Takes the records of all journals, in any order, and judges when all are in. For one thread.
//
// A sender that was killed hears of no outcome, and what it had not got to the bus is gone with it; what the
// bus had accepted from it holds as ever. A message may be handled and fail all the same: its receiver died
// before it could say so (`receiver-lost`), or its asker did not wait (`cancelled`, `expired`).
class Account {
 public:
  void take(const Record& record);
  void sender_killed(std::uint32_t sender) { killed_.insert(sender); }

  // Each breach of a promise, in words that name the message.
  std::map<Promise, std::vector<std::string>> breaches() const;
  std::array<KindCount, kMessageKinds> counts() const;

 private:
  struct Entry {
    MessageKind kind = MessageKind::kNote;
    bool sent = false;
    bool refused = false;
    bool accepted = false;
    bool damaged = false;
    std::uint8_t delivered = 0;  // without `redelivered`; each number stays at its highest
    std::uint8_t redelivered = 0;
    std::uint8_t answered = 0;
    std::uint8_t failures = 0;
    Failure failure = Failure::kOther;  // the last one
  };
  class Judge;

  std::unordered_map<std::uint32_t, std::vector<Entry>> entries_;  // by sender and number
  std::vector<MessageKey> unbelievable_;                           // keys that nobody can have made
  std::set<std::uint32_t> killed_;
};

}  // namespace exo::soak

// The records of followed commands of which nobody knows yet what became of them, since the version that
// serves is at work on them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "base/clock.h"

namespace exo {

// A value; used by the host's thread.
class UnsettledRecords {
 public:
  // Production can be held back while one is at work for so long.
  static constexpr std::chrono::milliseconds kPatience{500};

  // `settled_by`: when it counts as settled in any case. Sequences ascend.
  void add(std::uint64_t sequence, MonotonicTime now, MonotonicTime settled_by);
  void settle(std::uint64_t sequence, MonotonicTime now);
  // Forgets what counts as settled by now.
  void expire(MonotonicTime now);

  // The last record before the first of these; `last` where there is none.
  std::uint64_t settled_through(std::uint64_t last) const;
  // The first of them takes much longer than they do: to wait for it is to wait for a handler that may never
  // end.
  bool is_stuck(MonotonicTime now) const;
  // When the first of them counts as settled.
  std::optional<MonotonicTime> expires_at() const;

 private:
  struct Record {
    MonotonicTime since;
    MonotonicTime settled_by;
  };

  std::map<std::uint64_t, Record> records_;  // by sequence
  MonotonicTime::duration last_took_{0};     // the last one that was settled in time
};

}  // namespace exo

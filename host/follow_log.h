// The log of the commands that one run follows: a file that only grows, and that a crash may tear at its end.
//
// What is added is durable after the next sync(), all of it in one write and one fdatasync: however many
// commands have come since the last one, they share it. A sync that fails (a full disk) leaves the file as it
// was and what was added waiting.
//
// Opening reads the whole log. What was not durable when its host died may be torn: it was passed on to
// nobody, and is cut off. A record that is not sound although a later one says that it was durable has been
// altered, and then the log cannot be gone on with. What is sound is copied to a new file that takes the old
// one's place: so whatever an older host that wakes up late still writes goes nowhere.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "bus/wire/payload.h"
#include "host/follow_file.h"
#include "host/follow_record.h"

namespace exo {

// Used by one thread; movable. Holds what waits for a sync, so its bytes are those that wait on the bus.
class FollowLog {
 public:
  // Not open yet; what is added waits.
  explicit FollowLog(std::unique_ptr<FollowFile> file) : file_(std::move(file)) {}
  enum class WhereNone { kBegin, kRefuse };
  // Begins a log where there is no file, or refuses to. Error "altered" (the message names the record),
  // "missing", or what base/files.h says of the disk: then the file is as it was, and it may be tried again.
  Result<void> open(WhereNone where_none = WhereNone::kBegin);
  bool is_open() const { return file_->is_renewed(); }

  // A command, which has this number until it is durable and then a sequence.
  void add(std::uint64_t number, std::string name, ContentType content_type, Payload payload);
  // It is not to be kept after all. False when it is in the file.
  bool drop(std::uint64_t number);
  // A command that is in the file is not to be replayed: from now on, and durably after the next sync().
  void leave_out(std::uint64_t sequence);
  bool has_pending() const { return !pending_.empty(); }
  // The smallest number that is not durable; 0 when there is none.
  std::uint64_t first_pending() const;

  struct Written {
    std::uint64_t number;
    std::uint64_t sequence;
  };
  // Makes all that was added durable. The commands among it. The log is open.
  Result<std::vector<Written>> sync();

  // Of what is durable.
  std::uint64_t commands() const { return commands_; }
  std::uint64_t last_sequence() const { return last_sequence_; }
  bool is_left_out(std::uint64_t sequence) const { return left_out_.count(sequence) > 0; }
  std::uint64_t left_out() const { return left_out_.size(); }

  // Reads the durable records from the first on. One reader may read while the log grows.
  class Reader {
   public:
    // The next one's sequence, also where it is not there yet.
    std::uint64_t next() const { return next_; }

   private:
    friend class FollowLog;
    std::uint64_t next_ = 1;
    std::uint64_t offset_ = kFollowLogBeginning.size();
  };
  // next() is at most last_sequence(). Error "altered" or "io".
  Result<FollowRecord> read(Reader& reader) const;

 private:
  struct Pending {
    std::uint64_t number = 0;  // 0: not a command
    FollowRecord record;
    Payload payload;
  };

  Result<void> scan();
  void count(const FollowRecord& record);

  std::unique_ptr<FollowFile> file_;
  std::uint64_t durable_bytes_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t commands_ = 0;
  std::unordered_set<std::uint64_t> left_out_;
  std::deque<Pending> pending_;
};

}  // namespace exo

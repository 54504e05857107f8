// The keeper's own memory of how processes ended: <state>/keeper.jsonl, one JSON object a line.
//
//   {"id","role","pid","code","signal","core","status","by","duration_ms","max_resident_kib","user_ms",
//    "system_ms","log","last_lines":[…],"at"}
//
// `status` is for people, `code` is -1 when a signal ended it; `by` is "itself", or "request" where it had
// been asked to end or its host was gone. Text that is not UTF-8 is written with replacement characters.
//
// A host records what it is told of each end. What nobody was there to be told is found here by the next one.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "services/keeper/protocol.h"

namespace exo {

enum class EndedBy { kItself, kRequest };

struct ExitRecord {
  ProcessExited exited;
  std::string role;
  pid_t pid = 0;
  EndedBy by = EndedBy::kItself;
  std::string log;  // its log file
  UnixTime at;      // for people; 0 in a record that was read
};

// One line with its end, and back; nullopt for what is no record.
std::string encode(const ExitRecord& record);
std::optional<ExitRecord> parse_exit_record(std::string_view line);

// Appends durably: a record is on the disk when append() returns. Not thread-safe.
class ExitRecords {
 public:
  // A larger file is set aside as keeper.jsonl.old when it is opened: some 20,000 ends of processes.
  static constexpr off_t kMaxBytes = off_t{4} * 1024 * 1024;

  // Opens or makes the file. A line that a crash cut short is ended first, so that it spoils no other.
  static Result<ExitRecords> open(const std::string& state_folder);

  // Gives a sentence for people when the record could not be written and the one before it could.
  std::optional<std::string> append(const ExitRecord& record);

 private:
  ExitRecords(std::string path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  UniqueFd file_;
  bool failing_ = false;
};

// What the keepers of this state folder have recorded, oldest first: of the file and of the one set aside. A
// line that is no record is passed over. Empty where nothing can be read.
std::vector<ExitRecord> read_exit_records(const std::string& state_folder);

}  // namespace exo

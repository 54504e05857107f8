// The keeper's own memory of how processes ended: <state>/keeper.jsonl, one JSON object a line.
//
//   {"id","role","pid","code","signal","core","status","duration_ms","max_resident_kib","user_ms","system_ms","at"}
//
// `status` is for people, `code` is -1 when a signal ended it. Text that is not UTF-8 is written with
// replacement characters: the file is for people and tools, not read back by exo.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "services/keeper/protocol.h"

namespace exo {

// Appends durably: a record is on the disk when append() returns. Not thread-safe.
class ExitRecords {
 public:
  // A larger file is set aside as keeper.jsonl.old when it is opened: some 20,000 ends of processes.
  static constexpr off_t kMaxBytes = off_t{4} * 1024 * 1024;

  // Opens or makes the file. A line that a crash cut short is ended first, so that it spoils no other.
  static Result<ExitRecords> open(const std::string& state_folder);

  // Gives a sentence for people when the record could not be written and the one before it could.
  std::optional<std::string> append(const ProcessExited& exited, const std::string& role, pid_t pid,
                                    UnixTime at);

 private:
  ExitRecords(std::string path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  UniqueFd file_;
  bool failing_ = false;
};

}  // namespace exo

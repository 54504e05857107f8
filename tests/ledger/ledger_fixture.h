// The vocabulary of the ledger's tests: a folder, a filled ledger, one corruption, and what opening it says.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/sqlite_ledger.h"

namespace exo {

// A folder of its own under a short path, removed with all that is in it.
class LedgerFolder {
 public:
  LedgerFolder();
  explicit LedgerFolder(const LedgerFolder& original) = delete;
  LedgerFolder& operator=(const LedgerFolder&) = delete;
  ~LedgerFolder();

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// The nth of a series of events of different types, sizes and scripts; the same at each call.
LedgerEvent sample_event(std::uint64_t n);

SqliteLedger::Options options_for(const std::string& folder, std::string host_id = "host-under-test");
// Opens for writing; a refusal is a failed check that prints it.
std::unique_ptr<SqliteLedger> open_ledger(const std::string& folder);

// Appends sample events until the ledger holds `position`; returns all of its events.
std::vector<LedgerEvent> fill(Ledger& ledger, std::uint64_t position);
// All events, or a failed check.
std::vector<LedgerEvent> all_events(Ledger& ledger);

// "opens", or the code and message of the refusal: "head-missing: /tmp/... is missing, ...".
std::string opening(const std::string& folder);
std::string opening_for_reading(const std::string& folder);

// Makes a ledger of `count` events in an empty folder, in a process that ends as by a power cut: nothing is
// closed, and all events are still in ledger.db-wal. Returns the events.
std::vector<LedgerEvent> write_and_crash(const std::string& folder, std::uint64_t count);
// The same in a process that closes the ledger: all events are in ledger.db.
std::vector<LedgerEvent> write_and_close(const std::string& folder, std::uint64_t count);

// Carries SQL out as somebody with a database tool would, with the triggers dropped before and put back
// after.
void tamper(const std::string& folder, const std::string& sql);

std::string content_of(const std::string& file);
void set_content(const std::string& file, std::string_view content);
void truncate_to(const std::string& file, std::size_t size);
void flip_byte(const std::string& file, std::size_t offset);
void copy_files(const std::string& from, const std::string& to);

// Runs `body` in a child process and returns what it returns; what ends the child otherwise is named instead.
std::string in_child(const std::function<std::string()>& body);

// Gives this process (a child) file systems of its own to mount. False where the kernel does not let it.
bool make_private_mounts();

}  // namespace exo

#include "ledger/ledger_export.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "ledger/event_json.h"
#include "ledger/ledger_error.h"
#include "ledger/ledger_salvage.h"
#include "ledger/sqlite_ledger.h"

namespace exo {
namespace {

constexpr std::size_t kPage = 500;

Error damaged(const std::string& file, std::uint64_t line, const Error& fault) {
  const bool newer = fault.code == ledger_error::kFormatNewer;
  return ledger_failure(newer ? ledger_error::kFormatNewer : ledger_error::kExportDamaged,
                        file + ":" + std::to_string(line) + ": " + fault.message);
}

Error unfinished_line() {
  return ledger_failure(ledger_error::kMalformed, "the line has no end: the file was cut off");
}

}  // namespace

Result<ChainEnd> export_events(Ledger& ledger,
                               const std::function<Result<void>(std::string_view line)>& write) {
  ChainEnd end;
  for (;;) {
    const auto events = ledger.read(end.sequence + 1, kPage);
    if (!events) return events.error();
    if (events.value().empty()) return end;
    for (const LedgerEvent& event : events.value()) {
      if (auto written = write(event_to_json(event) + "\n"); !written) return written.error();
    }
    end = chain_end(events.value().back());
  }
}

Result<ChainEnd> read_export(const std::string& file,
                             const std::function<Result<void>(const LedgerEvent&)>& take) {
  std::ifstream lines(file, std::ios::binary);
  if (!lines) return ledger_system_failure("cannot open " + file, errno);
  ChainEnd end;
  std::uint64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (lines.eof()) return damaged(file, number, unfinished_line());
    const auto event = event_from_json(line);
    if (!event) return damaged(file, number, event.error());
    if (auto linked = check_link(end, event.value()); !linked) return damaged(file, number, linked.error());
    if (auto taken = take(event.value()); !taken) return taken.error();
    end = chain_end(event.value());
  }
  if (lines.bad()) return ledger_system_failure("cannot read " + file, errno);
  // Also an export that failed at once leaves an empty file, and nothing would ever differ from that.
  if (number == 0)
    return ledger_failure(ledger_error::kExportDamaged, file + " holds no event; name another export");
  return end;
}

Result<ChainEnd> read_backup(const std::string& path,
                             const std::function<Result<void>(const LedgerEvent&)>& take) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return read_export(path, take);
  const auto found = salvage_events(path, take);
  if (!found) return found.error();
  const std::uint64_t whole = found.value().whole.sequence;
  if (whole == 0)
    return ledger_failure(ledger_error::kExportDamaged,
                          path + " holds no ledger.db with a whole event; name another copy or an export");
  if (found.value().found == whole) return found.value().whole;
  return ledger_failure(ledger_error::kExportDamaged,
                        database_path(path) + ": of its " + std::to_string(found.value().found) +
                            " events only " + std::to_string(whole) + " are whole; name another copy");
}

}  // namespace exo

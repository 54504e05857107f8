#include "host/ledger_traces.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/text.h"
#include "host/log_name.h"
#include "ledger/ledger_error.h"
#include "services/keeper/exit_records.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDamaged = "ledger.damaged-";  // what a repair has set aside

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  for (auto each = fs::directory_iterator(folder, failure); !failure && each != fs::directory_iterator();
       each.increment(failure)) {
    names.push_back(each->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// "logs/todo-0.0.1.log and 2 more"
void tell(const std::string& folder, const std::vector<std::string>& names,
          std::vector<std::string>& traces) {
  if (names.empty()) return;
  const std::string more = names.size() == 1 ? "" : " and " + std::to_string(names.size() - 1) + " more";
  traces.push_back(folder + names.front() + more);
}

bool holds_something(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

void tell_of_ends(const StateFolder& state, std::vector<std::string>& traces) {
  const fs::path file = state.path() / "keeper.jsonl";
  if (!holds_something(file) && !holds_something(file.string() + ".old")) return;
  const std::size_t ends = read_exit_records(state.path().string()).size();
  traces.push_back(ends == 0 ? "keeper.jsonl is not empty"
                             : "keeper.jsonl tells how " + std::to_string(ends) +
                                   (ends == 1 ? " process" : " processes") + " ended");
}

}  // namespace

std::optional<std::string> traces_of_processes(const StateFolder& state) {
  std::vector<std::string> traces;
  tell_of_ends(state, traces);
  std::vector<std::string> logs = names_in(state.logs());
  std::erase_if(logs, [](const std::string& name) { return name.starts_with(kHostLog); });
  tell("logs/", logs, traces);
  tell("runs/", names_in(state.runs()), traces);
  std::vector<std::string> repaired = names_in(state.path());
  std::erase_if(repaired, [](const std::string& name) { return !name.starts_with(kDamaged); });
  tell("", repaired, traces);
  if (traces.empty()) return std::nullopt;
  return join(traces, "; ");
}

Result<void> may_begin_ledger(const StateFolder& state) {
  const auto traces = traces_of_processes(state);
  if (!traces) return {};
  return ledger_failure(ledger_error::kLedgerMissing,
                        database_path(state.path().string()) +
                            " and ledger.head are missing, although something has run here (" + *traces +
                            "): put back the newest ledger.db, ledger.db-wal and ledger.head together");
}

Result<std::unique_ptr<SqliteLedger>> open_ledger_for_reading(const StateFolder& state) {
  const std::string folder = state.path().string();
  auto ledger = SqliteLedger::open_for_reading(folder);
  if (ledger || ledger.error().code != ledger_error::kAbsent) return ledger;
  const auto allowed = may_begin_ledger(state);
  if (allowed) return ledger;
  // The first host may have made both since: what is still absent was there before its traces.
  auto again = SqliteLedger::open_for_reading(folder);
  if (!again && again.error().code == ledger_error::kAbsent) return allowed.error();
  return again;
}

}  // namespace exo

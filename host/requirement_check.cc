#include "host/requirement_check.h"

#include "deployment-scripts/requirement.h"
#include "host/application_part.h"
#include "host/preparation.h"
#include "host/record.h"
#include "ledger/ledger_error.h"
#include "ledger/sqlite_ledger.h"

namespace exo {

std::vector<Mistake> wrong_requirements(const Application& application, const ScriptCatalog& catalog,
                                        const std::vector<std::string>& only, const StateFolder& state) {
  Application part = application;
  ScriptCatalog scripts = catalog;
  if (!keep_only(only, part, scripts)) return {};
  const auto versions = begin_with(part, scripts, {}).versions;
  std::vector<Mistake> missing = missing_requirements(versions, {}, state.environment());
  if (missing.empty()) return missing;
  const auto ledger = SqliteLedger::open_for_reading(state.path().string());
  if (!ledger) return ledger.error().code == ledger_error::kAbsent ? missing : std::vector<Mistake>();
  const auto record = replayed(*ledger.value());
  if (!record) return {};
  return missing_requirements(versions, record.value(), state.environment());
}

}  // namespace exo

#include "host/owned_ledger.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "host/ledger_owner.h"
#include "host/ledger_recovery.h"
#include "host/ledger_traces.h"
#include "ledger/ledger_error.h"

namespace exo {

OwnedLedger::OwnedLedger(std::unique_ptr<SqliteLedger> ledger, std::string id)
    : ledger_(std::move(ledger)), id_(std::move(id)) {}

Result<OwnedLedger> OwnedLedger::open(const StateFolder& state) {
  std::error_code failure;
  if (std::filesystem::exists(state.path(), failure) && !state.belongs_to(::geteuid())) {
    return Error{"not-allowed",
                 state.path().string() + " is another user's; decide as the user who runs exo there"};
  }
  if (const auto created = state.create(); !created) return created.error();
  const std::string id = passing_owner_id();
  auto ledger =
      own_ledger({.folder = state.path().string(), .owner = this_process(id), .may_begin = [&state] {
                    return may_begin_ledger(state);
                  }});
  if (!ledger && ledger.error().code == ledger_error::kOwned) {
    return Error{"owned", "somebody holds the ledger just now (" + ledger.error().message + "); try again"};
  }
  if (!ledger) return with_way_out(ledger.error(), state);
  OwnedLedger owned(std::move(ledger).value(), id);
  if (const auto replayed = owned.replay(); !replayed) return replayed.error();
  return owned;
}

Result<LedgerEvent> OwnedLedger::append(LedgerEvent event, const std::string& who) {
  if (event.who.empty()) event.who = who;
  event.host = id_;
  event.at = unix_now();
  auto appended = ledger_->append(record_.position(), std::move(event));
  if (appended) record_.apply(appended.value());
  return appended;
}

Result<void> OwnedLedger::replay() {
  constexpr std::size_t kPage = 1000;
  for (;;) {
    const auto events = ledger_->read(record_.position() + 1, kPage);
    if (!events) return events.error();
    if (events.value().empty()) return {};
    for (const LedgerEvent& event : events.value()) record_.apply(event);
  }
}

}  // namespace exo

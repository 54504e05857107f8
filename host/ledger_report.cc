#include "host/ledger_report.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/clock.h"
#include "base/digest.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string range(std::uint64_t first, std::uint64_t last) {
  return first == last ? "event " + std::to_string(first)
                       : "events " + std::to_string(first) + " to " + std::to_string(last);
}

std::string lost(const LedgerRepair& repair) {
  if (repair.lost_from != 0) return range(repair.lost_from, repair.lost_to);
  return repair.loss_known ? "nothing" : "nobody can say, since no head told where the ledger ended";
}

std::string text_of(const LedgerRecovery& recovery, const StateFolder& state) {
  const LedgerRepair& repair = recovery.repair;
  std::string text = repair.fault + ": " + repair.found + "\n";
  text += "whole: " + (repair.position == 0 ? "nothing" : range(1, repair.position)) + "\n";
  text += "lost: " + lost(repair) + "\n";
  const std::filesystem::path aside = state.path() / repair.moved_to;
  std::error_code failure;
  text += std::filesystem::is_empty(aside, failure) ? "no file of it was there\n"
                                                    : "the old files are in " + aside.string() + "\n";
  for (const std::string& attempt : recovery.interrupted) text += "interrupted: " + attempt + "\n";
  if (repair.position == 0)
    text += "the next host introduces every version anew and runs its deployment scripts again\n";
  return text;
}

Json json_of(const LedgerRecovery& recovery, const StateFolder& state) {
  const LedgerRepair& repair = recovery.repair;
  const auto or_null = [](std::uint64_t number) { return number == 0 ? Json(nullptr) : Json(number); };
  return Json{{"repaired", true},
              {"fault", repair.fault},
              {"found", repair.found},
              {"position", repair.position},
              {"loss_known", repair.loss_known},
              {"lost_from", or_null(repair.lost_from)},
              {"lost_to", or_null(repair.lost_to)},
              {"moved_to", (state.path() / repair.moved_to).string()},
              {"interrupted", recovery.interrupted}};
}

}  // namespace

std::string to_text(const WholeLedger& whole, const StateFolder& state) {
  if (!whole.last) return "the ledger in " + state.path().string() + " is whole and holds no event yet\n";
  return "the ledger in " + state.path().string() + " is whole: " + std::to_string(whole.events) +
         (whole.events == 1 ? " event" : " events") + ", the last " + whole.last->type + " of " +
         to_rfc3339(whole.last->at) + "\nits hash is " + to_hex(whole.last->hash) + "\n";
}

std::string to_json(const Result<WholeLedger>& whole, const StateFolder& state) {
  const bool has_event = whole && whole.value().last;
  return dump(Json{{"ledger", state.path().string()},
                   {"whole", whole.ok()},
                   {"events", whole ? Json(whole.value().events) : Json(nullptr)},
                   {"hash", has_event ? Json(to_hex(whole.value().last->hash)) : Json(nullptr)},
                   {"fault", whole ? Json(nullptr) : Json(whole.error().code)},
                   {"found", whole ? Json(nullptr) : Json(whole.error().message)}});
}

std::string to_text(const std::optional<LedgerRecovery>& recovery, const StateFolder& state) {
  return recovery ? text_of(*recovery, state) : "the ledger is whole: nothing was done\n";
}

std::string to_json(const std::optional<LedgerRecovery>& recovery, const StateFolder& state) {
  return dump(recovery ? json_of(*recovery, state) : Json{{"repaired", false}});
}

}  // namespace exo

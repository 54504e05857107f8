#include "host/ledger_recovery.h"

#include <unistd.h>

#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "base/unix_user.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/rollout_record.h"
#include "host/ledger_traces.h"
#include "host/record.h"
#include "ledger/ledger_error.h"
#include "ledger/ledger_export.h"
#include "ledger/sqlite_ledger.h"

namespace exo {
namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kCheckpointLimitBytes = 4096;

Result<std::unique_ptr<SqliteLedger>> open_whole(const StateFolder& state) {
  auto ledger = open_ledger_for_reading(state);
  if (!ledger) return ledger.error();
  if (auto verified = ledger.value()->verify(); !verified) return verified.error();
  return ledger;
}

// The event that the ledger ends with: a host may be adding others meanwhile.
Result<WholeLedger> whole_of(Ledger& ledger) {
  WholeLedger whole;
  for (;;) {
    auto events = ledger.read(whole.events + 1, kPage);
    if (!events) return events.error();
    if (events.value().empty()) return whole;
    whole.last = std::move(events.value().back());
    whole.events = whole.last->sequence;
  }
}

// What a file that was kept elsewhere says that the ledger held: a checkpoint, or exported lines.
Result<ChainEnd> noted_end(const std::string& file, const StateFolder& state) {
  const auto text = read_file(file, kCheckpointLimitBytes);
  if (!text && text.error().code != "too-large") return text.error();
  if (!text || !is_checkpoint(text.value())) {
    return read_export(file, [](const LedgerEvent&) { return Result<void>(); });
  }
  const auto checkpoint = decode_checkpoint(text.value());
  if (!checkpoint) return Error{checkpoint.error().code, file + ": " + checkpoint.error().message};
  if (checkpoint.value().environment != state.environment()) {
    return Error{"usage", file + " is a checkpoint of the environment " +
                              in_quotes(checkpoint.value().environment) + ", not of " +
                              in_quotes(state.environment()) + "; name the one that belongs to it"};
  }
  return ChainEnd{.sequence = checkpoint.value().sequence, .hash = checkpoint.value().hash};
}

Result<void> compare(Ledger& ledger, const std::string& file, const StateFolder& state) {
  if (file.empty()) return {};
  const auto noted = noted_end(file, state);
  if (!noted) return noted.error();
  return check_against(ledger, noted.value());
}

// What somebody who reads a refusal looks up in docs/operations.md.
bool is_about_the_files(std::string_view code) {
  return can_be_repaired(code) || code == ledger_error::kFormatNewer || code == ledger_error::kNothingWhole ||
         code == ledger_error::kExportDamaged;
}

Error with_word(const Error& refusal) {
  if (!is_about_the_files(refusal.code)) return refusal;
  return Error{refusal.code, refusal.code + ": " + refusal.message};
}

// The refusal with what leads out of it, without its word.
Error way_out(const Error& refusal, const StateFolder& state) {
  const std::string repair = command_about(state, "ledger repair");
  const std::string from = repair + " --from FILE --reason WHY";
  const std::string& code = refusal.code;
  if (code == ledger_error::kLedgerSetBack || code == ledger_error::kLedgerRewritten) {
    return Error{code,
                 refusal.message + "; put the newest backup back, or go on from an export of it: " + from};
  }
  if (code == ledger_error::kLedgerMissing || code == ledger_error::kNothingWhole) {
    return Error{code, refusal.message + "; go on from an export or a copy of the ledger: " + from +
                           "; or, where there is none, forget all that has run, so that every deployment "
                           "script runs again: " +
                           repair + " --begin-anew --reason WHY"};
  }
  if (can_be_repaired(code)) {
    return Error{code,
                 refusal.message + "; or begin anew with what is whole of it: " + repair + " --reason WHY"};
  }
  if (code == ledger_error::kRemoved)
    return Error{code, refusal.message + "; look with: " + command_about(state, "ledger verify")};
  return refusal;
}

// Each attempt that the ledger holds as under way.
std::vector<LedgerEvent> interruptions(const RolloutRecord& record) {
  std::vector<LedgerEvent> events;
  for (const auto& [key, version] : record.versions()) {
    for (const Phase phase : kTriedPhases) {
      if (version.of(phase).outcome != PhaseOutcome::kUnderWay) continue;
      events.push_back(attempt_left_event(key, phase, version.of(phase), {}));
    }
  }
  return events;
}

Result<std::vector<std::string>> interrupt_attempts(const StateFolder& state, const Owner& owner,
                                                    const std::string& who) {
  auto ledger = SqliteLedger::open({.folder = state.path().string(), .owner = owner});
  if (!ledger) return ledger.error();
  const auto record = replayed(*ledger.value());
  if (!record) return record.error();
  std::vector<std::string> names;
  for (LedgerEvent& event : interruptions(record.value())) {
    event.at = unix_now();
    event.who = who;
    event.host = owner.host_id;
    names.push_back(event.run + " attempt " + std::to_string(event.attempt));
    const auto appended = ledger.value()->append(ledger.value()->position(), std::move(event));
    if (!appended) return appended.error();
  }
  return names;
}

}  // namespace

Result<WholeLedger> verify_ledger(const StateFolder& state, const std::string& against) {
  auto ledger = open_whole(state);
  if (!ledger) return way_out(ledger.error(), state);
  if (auto same = compare(*ledger.value(), against, state); !same) return way_out(same.error(), state);
  auto whole = whole_of(*ledger.value());
  return whole ? std::move(whole) : way_out(whole.error(), state);
}

Result<void> export_ledger(const StateFolder& state,
                           const std::function<Result<void>(std::string_view line)>& write) {
  auto ledger = open_whole(state);
  if (!ledger) return with_way_out(ledger.error(), state);
  const auto end = export_events(*ledger.value(), write);
  return end ? Result<void>() : with_way_out(end.error(), state);
}

Result<LedgerCheckpoint> checkpoint_ledger(const StateFolder& state) {
  const auto whole = verify_ledger(state);
  if (!whole) return with_word(whole.error());
  if (!whole.value().last)
    return ledger_failure(ledger_error::kAbsent,
                          "the ledger in " + state.path().string() + " holds no event yet");
  return LedgerCheckpoint{.environment = state.environment(),
                          .sequence = whole.value().last->sequence,
                          .hash = whole.value().last->hash,
                          .at = to_rfc3339(unix_now())};
}

Result<std::optional<LedgerRecovery>> recover_ledger(const StateFolder& state, const LedgerWayOut& chosen) {
  const Owner owner = this_process("repair-" + random_id());
  const std::string who = user_name(::geteuid());
  // Asked only where no file of a ledger is there.
  const auto may_begin = may_begin_ledger(state);
  const std::optional<Error> missing = may_begin ? std::nullopt : std::optional(may_begin.error());
  auto repaired = repair_ledger({.folder = state.path().string(),
                                 .owner = owner,
                                 .who = who,
                                 .reason = chosen.reason,
                                 .at = unix_now(),
                                 .exported = chosen.from,
                                 .begin_anew = chosen.begins_anew,
                                 .missing = missing,
                                 .reached = {}});
  if (!repaired) return with_way_out(repaired.error(), state);
  if (!repaired.value()) return std::optional<LedgerRecovery>();
  auto interrupted = interrupt_attempts(state, owner, who);
  if (!interrupted) return interrupted.error();
  return std::optional(
      LedgerRecovery{.repair = *std::move(repaired).value(), .interrupted = std::move(interrupted).value()});
}

std::string command_about(const StateFolder& state, const std::string& verb) {
  const std::string which =
      state.environment() == "local" ? "" : " --environment " + shell_word(state.environment());
  return "exo " + verb + " --application " + shell_word(state.application().string()) + which;
}

Error with_way_out(const Error& refusal, const StateFolder& state) {
  return with_word(way_out(refusal, state));
}

}  // namespace exo

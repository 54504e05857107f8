#include "host/script_verification.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "host/operator_view.h"
#include "host/script_decision.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds kLookAgainAfter{100};

// "run" and "attempt" of the line that says that it was begun.
Result<VerificationOutcome> begun(const DecisionOutcome& recorded) {
  if (!recorded.outcome) return recorded.outcome.error();
  const Json line = Json::parse(recorded.lines.empty() ? "" : recorded.lines.back(), nullptr, false);
  if (!line.is_object()) return Error{"malformed", "the host did not say which attempt the verification is"};
  return VerificationOutcome{.run = line.value("run", std::string()),
                             .attempt = line.value("attempt", std::uint64_t{0}),
                             .state = {},
                             .reason = {}};
}

// Null while it is under way.
Result<std::optional<PhaseReport>> look(const StatusReport& status, const VersionKey& version,
                                        std::uint64_t attempt) {
  const auto found =
      std::find_if(status.services.begin(), status.services.end(), [&](const VersionReport& each) {
        return VersionKey{each.role, each.version} == version;
      });
  if (found == status.services.end() || found->verify.attempt < attempt) {
    return Error{"no-answer", "the host knows of no verification of " + to_text(version) + " any more"};
  }
  if (found->verify.attempt > attempt) {
    return Error{"no-answer", "another verification of " + to_text(version) +
                                  " was begun since; exo history tells what this one has found"};
  }
  if (found->verify.state == "running") return std::optional<PhaseReport>();
  return std::optional(found->verify);
}

template <typename Place>
Result<VerificationOutcome> verify(const Place& place, const Decision& wanted) {
  auto outcome = begun(record_decisions(place, {wanted}));
  while (outcome && outcome.value().state.empty()) {
    const auto status = view_status(place);
    if (!status) return status.error();
    const auto found = look(status.value(), wanted.version, outcome.value().attempt);
    if (!found) return found.error();
    if (found.value()) {
      outcome.value().state = found.value()->state;
      outcome.value().reason = found.value()->reason;
    } else {
      std::this_thread::sleep_for(kLookAgainAfter);
    }
  }
  return outcome;
}

}  // namespace

Result<VerificationOutcome> verify_script(const StateFolder& state, const Decision& wanted) {
  return verify(state, wanted);
}

Result<VerificationOutcome> verify_script(const RemoteBus& bus, const Decision& wanted) {
  return verify(bus, wanted);
}

std::string to_json(const VersionKey& version, const VerificationOutcome& outcome) {
  return Json{
      {"role", version.role},   {"version", version.version},
      {"run", outcome.run},     {"attempt", outcome.attempt},
      {"state", outcome.state}, {"reason", outcome.reason.empty() ? Json(nullptr) : Json(outcome.reason)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace exo

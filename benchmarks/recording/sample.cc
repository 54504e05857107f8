#include "benchmarks/recording/sample.h"

#include <string>

namespace exo {
namespace {

constexpr std::uint64_t kEventsOfAVersion = 20;
constexpr std::uint64_t kRoles = 20;
constexpr std::uint64_t kAt = 1'795'208'579'000'000'000;
constexpr std::uint64_t kNanosecondsApart = 407'000'000;

// In order: introduced, started, 14 checkpoints, done, gate, phase-absent, live.
constexpr std::uint64_t kStarted = 1;
constexpr std::uint64_t kDone = 16;
constexpr std::uint64_t kOpened = 17;
constexpr std::uint64_t kAbsent = 18;
constexpr std::uint64_t kLive = 19;

const std::string kScript = R"("algorithm":"sha256/lf","digest":")"
                            R"(9ccbfb89ab56377dc7b009674722172441f8853428b3821c0ec2c464b4a1aed2","script":")";

void name_attempt(LedgerEvent& event, const char* phase) {
  event.phase = phase;
  event.generation = 1;
  event.run = event.role + "-" + event.version + "-" + phase + "-1";
  event.attempt = 1;
}

void describe(LedgerEvent& event, std::uint64_t step) {
  const std::string script =
      "{" + kScript + "deployment-scripts/" + event.role + "-" + event.version + ".js\"}";
  if (step == 0) {
    event.type = event_type::kVersionIntroduced;
    event.details = script;
  } else if (step == kOpened) {
    event.type = event_type::kGateOpened;
    event.details = R"({"attempt":1,"because":"offline phase done"})";
  } else if (step == kLive) {
    event.type = event_type::kVersionLive;
  } else {
    name_attempt(event, step == kAbsent ? "online" : "offline");
    event.type = step == kStarted  ? event_type::kAttemptStarted
                 : step == kDone   ? event_type::kAttemptDone
                 : step == kAbsent ? event_type::kPhaseAbsent
                                   : event_type::kCheckpointSaved;
    if (step == kStarted) event.details = script;
    if (event.type == event_type::kCheckpointSaved) {
      event.details = R"({"number":)" + std::to_string(step) + R"(,"value":{"last":"todo-)" +
                      std::to_string(step * 1000) + R"(","page":)" + std::to_string(step) + "}}";
    }
  }
}

}  // namespace

LedgerEvent sample_event(std::uint64_t n) {
  const std::uint64_t version = (n - 1) / kEventsOfAVersion;
  LedgerEvent event;
  event.at = UnixTime{kAt + n * kNanosecondsApart};
  event.who = "deployer";
  event.host = "host-4f1c9b2e7a";
  event.role = "service-" + std::to_string(version % kRoles);
  event.version = std::to_string(1 + version / kRoles) + ".0.0";
  describe(event, (n - 1) % kEventsOfAVersion);
  return event;
}

}  // namespace exo

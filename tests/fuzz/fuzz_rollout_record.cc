// Any details may stand in an event of the ledger: what is not as this program writes it counts as absent.
// The first byte chooses the event.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "deployment-scripts/rollout_record.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto types = exo::event_types();
  exo::LedgerEvent event;
  event.type = types[data[0] % types.size()].word;
  event.role = "todo";
  event.version = "1.0.0";
  event.phase = data[0] % 2U == 0 ? "offline" : "online";
  event.generation = 1;
  event.run = "run";
  event.attempt = 1;
  event.details.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  exo::RolloutRecord record;
  for (int i = 0; i < 2; ++i) {
    ++event.sequence;
    [[maybe_unused]] const auto checked = check_event(event);
    record.apply(event);
  }
  EXO_CHECK(record.position() == 2);
  return 0;
}

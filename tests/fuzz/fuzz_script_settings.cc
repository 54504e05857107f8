// Any text may stand beside a deployment script: it is settings within their limits, or mistakes with their
// places.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "deployment-scripts/script_settings.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed =
      exo::parse_script_settings({reinterpret_cast<const char*>(data), size}, "todo-0.0.1.yml");
  for (const exo::Mistake& mistake : parsed.mistakes)
    EXO_CHECK(mistake.line >= 1 && !mistake.message.empty());
  if (!parsed.mistakes.empty()) return 0;
  for (const exo::Phase phase : {exo::Phase::kOffline, exo::Phase::kOnline}) {
    const exo::PhaseSettings& settings = parsed.settings.of(phase);
    EXO_CHECK(settings.attempts >= 1 && settings.attempts <= exo::kMaxAttempts);
    EXO_CHECK(settings.timeout <= exo::kMaxScriptTime && settings.stall <= exo::kMaxScriptTime);
    EXO_CHECK(settings.pause_after(1) <= exo::kMaxPause && settings.pause_after(50) <= exo::kMaxPause);
    if (!settings.throttle) continue;
    const exo::ThrottleSettings& throttle = *settings.throttle;
    EXO_CHECK(throttle.rate || throttle.when);
    EXO_CHECK(!throttle.rate || throttle.rate->each() < settings.stall);
    EXO_CHECK(throttle.good_for.count() > 0 && throttle.good_for <= exo::kLongestGoodFor);
    EXO_CHECK(!exo::describe(throttle).empty());
  }
  return 0;
}

#include "deployment-scripts/throttle_settings.h"

#include "base/duration.h"
#include "base/overloaded.h"

namespace exo {
namespace {

std::string describe(const LoadSignal& signal) {
  return std::visit(Overloaded{[](const P99Signal& p99) {
                                 return p99.message + " takes longer than " + format_duration(p99.above) +
                                        " (p99 within " + format_duration(p99.within) + ")";
                               },
                               [](const CommandSignal& command) { return command.command + " says so"; }},
                    signal);
}

}  // namespace

std::string describe(const ThrottleSettings& throttle) {
  std::string text;
  if (throttle.rate) text = "throttled to " + to_string(*throttle.rate) + " by its settings";
  if (!throttle.when) return text;
  if (!text.empty()) text += " and ";
  return text + "slowed to " + slowed_to(throttle.slow_to) + " while " + describe(*throttle.when);
}

std::string slowed_to(const Rate& rate) {
  return rate.is_none() ? "a standstill" : to_string(rate);
}

}  // namespace exo

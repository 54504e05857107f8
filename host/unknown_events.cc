#include "host/unknown_events.h"

#include <vector>

#include "base/text.h"

namespace exo {
namespace {

constexpr std::size_t kTypesTold = 8;        // a line; exo history has all of them
constexpr std::size_t kTypeLimitBytes = 60;  // a stranger's word may have a kilobyte

}  // namespace

void UnknownEvents::take(const LedgerEvent& event) {
  if (find_event_type(event.type) != nullptr) return;
  Seen& seen = types_[event.type];
  if (seen.count++ == 0) seen.first = event.sequence;
  seen.last = event.sequence;
}

std::optional<std::string> UnknownEvents::notice() const {
  if (types_.empty()) return std::nullopt;
  std::uint64_t events = 0;
  std::vector<std::string> told;
  for (const auto& [type, seen] : types_) {
    events += seen.count;
    if (told.size() == kTypesTold) continue;
    const std::string where = seen.count == 1
                                  ? "event " + std::to_string(seen.first)
                                  : std::to_string(seen.count) + ", events " + std::to_string(seen.first) +
                                        " to " + std::to_string(seen.last);
    told.push_back(printable(type, kTypeLimitBytes) + " (" + where + ")");
  }
  if (types_.size() > told.size())
    told.push_back("and " + std::to_string(types_.size() - told.size()) + " more types");
  return "a newer exo wrote " + std::to_string(events) + (events == 1 ? " event" : " events") +
         " of types that this one does not know; they are kept, and passed over: " + join(told, ", ");
}

}  // namespace exo

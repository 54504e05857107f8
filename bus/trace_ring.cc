#include "bus/trace_ring.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace exo::routing {

TraceRing::TraceRing(std::size_t hops) : activities_(hops) {
  EXO_CHECK(std::has_single_bit(hops));
}

Hop& TraceRing::at(std::uint64_t number) {
  const std::size_t place = place_of(number);
  return chunks_[place / kChunk][place % kChunk];
}

Hop& TraceRing::add(std::uint64_t activity) {
  ++last_;
  const std::size_t place = place_of(last_);
  if (place / kChunk == chunks_.size())
    chunks_.push_back(std::make_unique<Hop[]>(std::min(kChunk, activities_.size() - place)));
  activities_[place] = activity;
  Hop& hop = at(last_);
  hop = Hop{};
  hop.number = last_;
  hop.activity = activity;
  prefetch(place + 1);
  return hop;
}

// The place of the next hop has been left alone for so long that its memory is far away.
void TraceRing::prefetch(std::size_t place) const {
  constexpr std::size_t kCacheLine = 64;
  if (place % kChunk == 0 || place == activities_.size()) return;
  const auto* bytes = reinterpret_cast<const char*>(&chunks_[place / kChunk][place % kChunk]);
  for (std::size_t at = 0; at < sizeof(Hop); at += kCacheLine) __builtin_prefetch(bytes + at, 1);
}

Hop* TraceRing::find(std::uint64_t number) {
  if (number == 0 || number <= overwritten()) return nullptr;
  return &at(number);
}

MonotonicTime TraceRing::reaches_back_to() {
  return last_ == 0 ? MonotonicTime{} : at(overwritten() + 1).taken;
}

std::vector<const Hop*> TraceRing::of_activity(std::string_view activity, std::size_t limit) {
  const std::uint64_t wanted = HashedId::hash_of(activity);
  std::vector<const Hop*> hops;
  for (std::uint64_t number = overwritten() + 1; number <= last_ && hops.size() < limit; ++number) {
    if (activities_[place_of(number)] == wanted) hops.push_back(&at(number));
  }
  return hops;
}

const std::string* TraceRing::intern(std::string_view text, const std::string* likely) {
  if (likely && *likely == text) return likely;
  std::string key(text);
  const auto found = texts_.find(key);
  if (found != texts_.end()) return &*found;
  if (texts_.size() == kTexts) return &no_room_;
  return &*texts_.insert(std::move(key)).first;
}

}  // namespace exo::routing

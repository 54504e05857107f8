#include "bus/version_pin.h"

#include <utility>

namespace exo::routing {
namespace {

constexpr std::size_t kPinsRemembered = 256;

VersionPin parse_pin(std::string_view text) {
  VersionPin pin{std::string(text), std::nullopt};
  if (text.empty()) return pin;
  auto range = VersionRange::parse(text);
  if (range.ok()) pin.range = std::move(range).value();
  return pin;
}

}  // namespace

bool VersionPin::admits(const RoutingTable::Version& version) const {
  if (text.empty() || version.text == text) return true;
  return range && version.semantic && range->contains(*version.semantic);
}

const VersionPin& VersionPins::read(std::string_view text) {
  const auto known = pins_.find(text);
  if (known != pins_.end()) return known->second;
  if (pins_.size() >= kPinsRemembered) pins_.clear();
  return pins_.emplace(std::string(text), parse_pin(text)).first->second;
}

}  // namespace exo::routing

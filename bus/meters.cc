#include "bus/meters.h"

#include <algorithm>
#include <tuple>

namespace exo::routing {
namespace {

std::string text_of(const std::string* text) {
  return text ? *text : std::string();
}

bool comes_before(const RouteTraffic& a, const RouteTraffic& b) {
  return std::tie(a.sender, a.name, a.receiver, a.version) <
         std::tie(b.sender, b.name, b.receiver, b.version);
}

}  // namespace

Meters::Meters() {
  codes_.reserve(kCodes);
  others_.key.name = &others_name_;
}

std::uint64_t Meters::hash_of(const MeterKey& key) {
  std::uint64_t hash = 0;
  for (const std::string* text : {key.sender, key.name, key.receiver, key.version}) {
    hash = (hash ^ reinterpret_cast<std::uintptr_t>(text)) * 0xD6E8FEB86659FD93U;
    hash ^= hash >> 32U;
  }
  return hash;
}

Meter& Meters::find(const MeterKey& key) {
  if (!last_ || last_->key != key) last_ = &look_up(key);
  return *last_;
}

Meter& Meters::look_up(const MeterKey& key) {
  const std::uint64_t hash = hash_of(key);
  const std::uint32_t found =
      index_.find(hash, [&](std::uint32_t candidate) { return meters_[candidate]->key == key; });
  if (found != HashIndex::kNone) return *meters_[found];
  if (meters_.size() == kLimit) return others_;
  index_.insert(hash, static_cast<std::uint32_t>(meters_.size()));
  meters_.push_back(std::make_unique<Meter>());
  meters_.back()->key = key;
  return *meters_.back();
}

CodeNumber Meters::number_of(std::string_view code) {
  const auto found = std::find(codes_.begin(), codes_.end(), code);
  if (found != codes_.end()) return static_cast<CodeNumber>(found - codes_.begin());
  if (codes_.size() == kCodes) return kOtherCode;
  codes_.emplace_back(code);
  return static_cast<CodeNumber>(codes_.size() - 1);
}

RouteTraffic Meters::report_of(const Meter& meter) const {
  RouteTraffic report{.sender = text_of(meter.key.sender),
                      .name = text_of(meter.key.name),
                      .receiver = text_of(meter.key.receiver),
                      .version = text_of(meter.key.version),
                      .commands = meter.commands,
                      .replies = meter.replies,
                      .redelivered = meter.redelivered,
                      .queued = meter.queued,
                      .errors = {},
                      .in_queue = meter.in_queue.summary(),
                      .handling = meter.handling.summary(),
                      .first_reply = meter.first_reply.summary()};
  for (std::size_t i = 0; i < codes_.size(); ++i) {
    if (meter.errors[i] > 0) report.errors.emplace_back(codes_[i], meter.errors[i]);
  }
  return report;
}

Traffic Meters::report() const {
  Traffic traffic;
  traffic.routes.reserve(meters_.size() + 1);
  for (const auto& meter : meters_) traffic.routes.push_back(report_of(*meter));
  if (meters_.size() == kLimit) traffic.routes.push_back(report_of(others_));
  std::sort(traffic.routes.begin(), traffic.routes.end(), comes_before);
  return traffic;
}

}  // namespace exo::routing

#include "services/forwarder/target_choice.h"

namespace exo {

std::string address_of(const ForwardingTarget& target) {
  return target.host + ":" + std::to_string(target.port);
}

std::optional<ForwardingTarget> TargetChoice::choose(const std::vector<ForwardingTarget>& targets,
                                                     const std::set<std::string>& refused) {
  std::map<std::string, double> credits;
  const ForwardingTarget* richest = nullptr;
  double sum = 0;
  for (const ForwardingTarget& target : targets) {
    const std::string address = address_of(target);
    double& credit = credits[address] = credits_[address];
    if (!(target.share > 0) || refused.count(address) > 0) continue;
    credit += target.share;
    sum += target.share;
    if (richest == nullptr || credit > credits[address_of(*richest)]) richest = &target;
  }
  // Only the targets of this table are kept, so that addresses of old instances do not pile up.
  credits_ = std::move(credits);
  if (richest == nullptr) return std::nullopt;
  credits_[address_of(*richest)] -= sum;
  return *richest;
}

}  // namespace exo

#include "services/forwarder/forwarding_state.h"

#include <algorithm>

#include "base/check.h"

namespace exo {

void ForwardingState::use_table(std::shared_ptr<const ForwardingTable> table) {
  const auto before = std::exchange(table_, std::move(table));
  std::set<VersionKey> gone;
  for (const ForwardingRole& role : before->roles) {
    for (const ForwardingTarget& target : role.targets) gone.insert({role.role, target.version});
  }
  for (const VersionKey& key : gone) {
    if (!has_version(key) && forwarding_.count(key) == 0)
      events_.push(ForwardingDrained{key.first, key.second});
  }
}

std::optional<ForwardingTarget> ForwardingState::choose(const std::string& role,
                                                        const std::set<std::string>& refused) {
  const ForwardingRole* found = table_->find(role);
  if (found == nullptr) return std::nullopt;
  return choices_[role].choose(found->targets, refused);
}

bool ForwardingState::has_target(const std::string& role, const ForwardingTarget& target) const {
  const ForwardingRole* found = table_->find(role);
  return found != nullptr &&
         std::any_of(found->targets.begin(), found->targets.end(), [&](const auto& candidate) {
           return candidate.version == target.version && address_of(candidate) == address_of(target);
         });
}

bool ForwardingState::has_version(const VersionKey& key) const {
  const ForwardingRole* found = table_->find(key.first);
  return found != nullptr &&
         std::any_of(found->targets.begin(), found->targets.end(),
                     [&](const auto& candidate) { return candidate.version == key.second; });
}

bool ForwardingState::is_held(const VersionKey& key) const {
  const ForwardingRole* found = table_->find(key.first);
  return found != nullptr &&
         std::find(found->held.begin(), found->held.end(), key.second) != found->held.end();
}

std::string ForwardingState::state_of(const std::string& role) const {
  const ForwardingRole* found = table_->find(role);
  return found == nullptr ? "" : found->state;
}

void ForwardingState::forwarding_ended(const VersionKey& key) {
  const auto found = forwarding_.find(key);
  EXO_CHECK(found != forwarding_.end());
  if (--found->second > 0) return;
  forwarding_.erase(found);
  if (!has_version(key)) events_.push(ForwardingDrained{key.first, key.second});
}

}  // namespace exo

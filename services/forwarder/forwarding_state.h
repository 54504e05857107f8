// What a connection's way is decided by: the table in effect, and who has connections already.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "services/forwarder/event_queue.h"
#include "services/forwarder/forwarding_table.h"
#include "services/forwarder/target_choice.h"

namespace exo {

// Knows no socket. Tells `events`, which must outlive it, of versions that are drained. One thread.
class ForwardingState {
 public:
  using VersionKey = std::pair<std::string, std::string>;  // role and version
  explicit ForwardingState(EventQueue& events) : events_(events) {}

  // Goes by this table from now on. ForwardingInEffect is for the caller to tell, once no connection goes by
  // the one before.
  void use_table(std::shared_ptr<const ForwardingTable> table);

  // The target of the role's next connection; nothing where there is none but `refused`.
  std::optional<ForwardingTarget> choose(const std::string& role, const std::set<std::string>& refused);
  bool has_target(const std::string& role, const ForwardingTarget& target) const;
  bool is_held(const VersionKey& key) const;
  // What to tell who waits in vain.
  std::string state_of(const std::string& role) const;

  // A connection to this version, from its forwarding on.
  void forwarding_began(const VersionKey& key) { ++forwarding_[key]; }
  void forwarding_ended(const VersionKey& key);

 private:
  bool has_version(const VersionKey& key) const;

  EventQueue& events_;
  std::shared_ptr<const ForwardingTable> table_ = std::make_shared<ForwardingTable>();
  std::map<std::string, TargetChoice> choices_;   // by role
  std::map<VersionKey, std::size_t> forwarding_;  // connections, of versions that have some
};

}  // namespace exo

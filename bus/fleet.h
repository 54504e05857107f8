// Everybody on the bus: roles, versions and instances, kept from table to table.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bus/instance.h"
#include "bus/routing_table.h"

namespace exo::routing {

struct RoleState {
  std::size_t index = 0;
  const std::string* text = nullptr;
  LegQueue waiting;       // for a version of the role to be started
  bool followed = false;  // some script follows commands of the role
  LegQueue parked;        // until that is recorded
  std::unordered_map<std::uint64_t, std::uint32_t> parked_senders;  // how many of each; none is 0
  std::uint64_t queued_bytes = 0;  // payloads of all legs that wait for this role, in whichever queue
  bool overfull = false;           // grants are stopped until half of the limit is free
};

struct VersionState {
  RoleState* role = nullptr;
  const std::string* text = nullptr;
  const RoutingTable::Version* routes = nullptr;  // null: not in the table in effect
  const RoutingTable::Script* script = nullptr;   // that is bringing it in
  std::uint32_t opening = 0;                      // see Fleet::opened(); another after its gate has closed
  bool may_be_replayed_to = false;                // what its script follows
  double split_balance = 0;                       // see Placement
  std::vector<Instance*> instances;               // registered
  LegQueue queue;                                 // for any of its instances
  std::size_t turn = 0;                           // among instances that are equally busy

  Gate gate() const { return routes ? routes->gate : Gate::kHeld; }
  bool has_instance() const;  // one that is ready and takes commands, now or when its window has room
  std::string describe() const { return *role->text + "@" + *text; }
};

// Owns the states; addresses never change. Roles, versions and the texts of names are kept for ever (an
// application has few of them). One thread.
class Fleet {
 public:
  Fleet();

  // Makes `table` the one in effect and follows the gates that it closes. The one before.
  std::shared_ptr<const RoutingTable> adopt(std::shared_ptr<const RoutingTable> table);
  const RoutingTable& table() const { return *table_; }
  // Of the table in effect.
  RoleState& role(std::size_t table_role) { return *roles_of_table_[table_role]; }
  VersionState& version(const RoutingTable::Version& version) { return *versions_of_table_[version.index]; }
  VersionState& brought_in_by(const RoutingTable::Script& script);
  const std::string* public_name(const RoutingTable::Name& name) { return names_of_table_[name.index]; }

  const std::vector<std::unique_ptr<RoleState>>& roles() const { return roles_; }
  const std::vector<std::unique_ptr<VersionState>>& versions() const { return versions_; }
  // The version that has, or had, this `opening`: who keeps one knows by it whether the gate has closed
  // since.
  VersionState& opened(std::uint32_t opening) const { return *openings_[opening]; }

  // A new instance. There is none of this name.
  Instance& add_instance(const Admission& admission, Outbox& outbox, CreditLedger credit);
  // The instance has no connection, and nothing points to it.
  void remove_instance(Instance& instance);
  // Null when there is none.
  Instance* find_instance(std::string_view name);
  Instance* find_connection(ConnectionId connection);
  Instance* find_number(const VersionState& version, std::uint64_t number);
  void connect(Instance& instance, ConnectionId connection);
  void disconnect(Instance& instance);
  // All of them, in no particular order. Invalid after an instance is added or removed.
  const RoutingTable::TextMap<std::unique_ptr<Instance>>& instances() const { return instances_; }

  // The scope that a command of `sender` in this activity counts for: its own, or that of the script which is
  // bringing the sender's version in. Null when there is none.
  ScriptScope* scope_for(Instance& sender, std::string_view activity);
  // Whether a command of `sender` belongs to a replay: that goes on when the script's process has ended.
  static bool acts_for_replay(const Instance& sender, std::string_view activity);
  // The table's entry for a script; null when it is not in the table.
  const RoutingTable::Script* script(const Instance& instance) const {
    return table_->find_script(*instance.role);
  }
  // Kept for ever.
  const std::string* text(std::string_view text) { return intern(text); }
  // The name in the vocabulary of this instance.
  std::string_view name_for(const Instance& instance, std::string_view public_name) const;
  std::string_view public_name_of(const Instance& instance, std::string_view name) const;

 private:
  static bool is_in_scripts_activity(const Instance& sender, std::string_view activity);
  const std::string* intern(std::string_view text);
  RoleState& role_named(std::string_view text);
  VersionState& version_named(std::string_view role, std::string_view text);
  void begin_opening(VersionState& version);

  std::shared_ptr<const RoutingTable> table_;
  std::unordered_set<std::string, RoutingTable::StringHash, std::equal_to<>> texts_;
  std::vector<std::unique_ptr<RoleState>> roles_;
  std::vector<std::unique_ptr<VersionState>> versions_;
  std::vector<VersionState*> openings_;
  std::vector<RoleState*> roles_of_table_;
  std::vector<VersionState*> versions_of_table_;
  std::vector<const std::string*> names_of_table_;
  RoutingTable::TextMap<std::unique_ptr<Instance>> instances_;
  std::unordered_map<ConnectionId, Instance*> connections_;
  std::uint64_t last_number_ = 0;
};

}  // namespace exo::routing

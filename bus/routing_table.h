// Who may send what to whom: the plan that the control plane writes down, and the table that the broker
// routes by.
//
// The host describes the fleet in a RoutingPlan. compile() turns it into a RoutingTable that nobody changes
// any more: every change of a gate, a split or a running script is a new table. The broker holds the one in
// effect and looks names up in it; the lookups allocate nothing.
//
// Each service speaks its own vocabulary (its internal names). A translation maps an internal name to the
// public one; a name without a translation is public as it is. Routing happens between public names only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/rate.h"
#include "base/semantic_version.h"

namespace exo {

// What production messages may do with a service version: held gets none, open gets its share, draining gets
// only what belongs to activities that it already knows, or asks for it by version.
enum class Gate { kHeld, kOpen, kDraining };

struct Translation {
  std::string public_name;
  std::string internal_name;
};

// Whether it belongs to the host: "exo.status". No version sends or receives it, whatever its plan says.
bool is_name_of_exo(std::string_view name);

// One service version as the broker sees it.
struct VersionRoutes {
  std::string role;
  std::string version;
  std::vector<std::string> sends;               // internal names
  std::vector<std::string> receives;            // internal names
  std::vector<std::string> at_least_once = {};  // those of them that are delivered again when a receiver dies
  std::vector<Translation> translations;
  Gate gate = Gate::kHeld;
  bool starting = false;  // production messages may wait for it although its gate is still held
  double share = 0;       // of the role's unpinned traffic, not negative; counts for open versions only
};

// A running deployment script.
struct ScriptRoutes {
  std::string sender;  // its role on the bus: "deployment-todo-search-0.0.1"
  std::string role;    // what it brings in
  std::string version;
  std::string activity_id;
  std::optional<std::vector<std::string>> sends;  // public names; nullopt: whatever some role receives
  std::optional<Rate> at_most = {};  // of its commands; none: it gets no credit. nullopt: as there is room
};

// Commands that a script follows: what production sends of them to its role is not delivered before the host
// has recorded a copy.
struct FollowRoutes {
  std::string run;   // names it
  std::string role;  // what the script brings in
  std::string version;
  std::vector<std::string> commands;  // public names
  bool held_back = false;             // neither copied nor delivered: they wait for another table
  // The caller's own, which come back in FollowBegun and FollowHeldBack: what is said of an earlier follow of
  // the run, or of an earlier time of holding back, may still be on its way.
  std::uint64_t began_at = 0;
  std::uint64_t replay = 0;
};

struct RoutingPlan {
  std::uint64_t position = 0;  // of the ledger's last event that this plan reflects
  std::vector<VersionRoutes> versions;
  std::vector<ScriptRoutes> scripts;
  std::vector<FollowRoutes> follows = {};
  bool operator_may_send = false;  // whether exo-operator may send public names
};

// Immutable, so any thread may read it; shared by those who hold it. Pointers and views that it gives out
// live as long as the table. "Not found" is a null pointer.
class RoutingTable {
 public:
  struct Version;
  // A version that receives a name, and what it calls it.
  struct Receiver {
    const Version* version = nullptr;
    std::string internal_name;
    bool at_least_once = false;
  };
  // A role that receives a name, through at least one of its versions.
  struct ReceivingRole {
    std::size_t role = 0;  // index into roles()
    std::vector<Receiver> receivers;
  };
  // A public name that somebody sends or receives; nobody receives it where `roles` is empty.
  struct Name {
    std::size_t index = 0;  // from 0 to names() - 1
    std::string text;
    std::vector<ReceivingRole> roles;
  };
  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <typename T>
  using TextMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

  struct Version {
    std::size_t index = 0;  // into versions()
    std::size_t role = 0;   // index into roles()
    std::string text;
    std::optional<SemanticVersion> semantic;  // nullopt: not a semantic version, asked for by its text only
    Gate gate = Gate::kHeld;
    bool starting = false;
    double share = 0;
    TextMap<const Name*> sends;           // internal name → public
    TextMap<std::string> public_names;    // translations: internal → public
    TextMap<std::string> internal_names;  // translations: public → internal
  };
  struct Script {
    std::string sender;
    std::string role;
    std::string version;
    std::string activity_id;
    const Version* brings_in = nullptr;         // null when the plan has no such version
    std::optional<TextMap<const Name*>> sends;  // nullopt: every name that some role receives
    std::optional<Rate> at_most;
  };

  // Compiles a plan. A version, script or translation that is there twice, a share that is not a number from
  // 0 upwards and an empty role are bugs of the caller.
  static std::shared_ptr<const RoutingTable> compile(RoutingPlan plan);

  std::uint64_t position() const { return position_; }
  bool operator_may_send() const { return operator_may_send_; }
  const std::vector<std::string>& roles() const { return roles_; }
  // In the plan's order; never moves.
  const std::vector<Version>& versions() const { return versions_; }
  const std::vector<Script>& scripts() const { return scripts_; }
  const std::vector<FollowRoutes>& follows() const { return follows_; }

  const Version* find_version(std::string_view role, std::string_view version) const;
  const Script* find_script(std::string_view sender) const;
  const Name* find_name(std::string_view public_name) const;
  // Every name that somebody sends or receives, at its index.
  const std::vector<std::unique_ptr<const Name>>& names() const { return names_; }

 private:
  RoutingTable() = default;
  friend class RoutingTableCompiler;

  std::uint64_t position_ = 0;
  bool operator_may_send_ = false;
  std::vector<std::string> roles_;
  std::vector<Version> versions_;
  std::vector<Script> scripts_;
  std::vector<FollowRoutes> follows_;
  std::vector<std::unique_ptr<const Name>> names_;
  TextMap<const Name*> names_by_text_;
  TextMap<const Version*> versions_by_text_;  // "role@version"
  TextMap<const Script*> scripts_by_sender_;
};

// Whether every version of every role that receives the name takes it at least once.
bool is_acknowledged(const RoutingTable::Name& name);

// The name that everybody knows for `internal_name` of this version, and the other way round.
std::string_view to_public(const RoutingTable::Version& version, std::string_view internal_name);
std::string_view to_internal(const RoutingTable::Version& version, std::string_view public_name);

}  // namespace exo

#include "bus/contract.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/nearest_word.h"

namespace exo::routing {
namespace {

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// "; did you mean …?" of the nearest name. The broker's thread asks, so it looks at so many names at most,
// and at none that is too long or too short to be a misspelling.
class NearestName {
 public:
  explicit NearestName(std::string_view name) : name_(name) {}

  void consider(std::string_view known) {
    const std::size_t longer = std::max(known.size(), name_.size()) - std::min(known.size(), name_.size());
    if (longer <= name_.size() / 3 && candidates_.size() < kMostCandidates) candidates_.emplace_back(known);
  }
  std::string advice() const { return did_you_mean(name_, candidates_); }

 private:
  static constexpr std::size_t kMostCandidates = 200;
  std::string_view name_;
  std::vector<std::string> candidates_;
};

// Of the names that the sender's `sends` lists, unless the name is right and only its declaration is missing.
template <typename Sends>
std::string advice_for_sender(const RoutingTable& table, const Sends& sends, std::string_view name) {
  const RoutingTable::Name* known = table.find_name(name);
  if (known && !known->roles.empty()) return {};
  NearestName nearest(name);
  for (const auto& [declared, meaning] : sends) nearest.consider(declared);
  return nearest.advice();
}

std::string advice_for_anybody(const RoutingTable& table, std::string_view name) {
  NearestName nearest(name);
  for (const auto& known : table.names()) {
    if (!known->roles.empty()) nearest.consider(known->text);
  }
  return nearest.advice();
}

Resolved not_allowed(std::string reason) {
  return {nullptr, "not-allowed", std::move(reason)};
}

Resolved received(const RoutingTable& table, const RoutingTable::Name* name, std::string_view text) {
  if (name && !name->roles.empty()) return {name, {}, {}};
  const std::string& wanted = name ? name->text : std::string(text);
  return {nullptr, "no-receiver",
          "no service of this application receives " + quoted(wanted) +
              "; list it under messages.receives in the service.yml of the service that should" +
              advice_for_anybody(table, wanted)};
}

Resolved resolve_for_version(const RoutingTable& table, const Instance& sender, std::string_view name) {
  if (!sender.version->routes) {
    return not_allowed(sender.version->describe() + " is not in the application (any more)");
  }
  const auto found = sender.version->routes->sends.find(name);
  if (found != sender.version->routes->sends.end()) return received(table, found->second, name);
  return not_allowed(sender.version->describe() + " may not send " + quoted(name) +
                     "; list it under messages.sends in its service.yml" +
                     advice_for_sender(table, sender.version->routes->sends, name));
}

Resolved resolve_for_script(const Fleet& fleet, const Instance& sender, std::string_view name) {
  const RoutingTable::Script* script = fleet.script(sender);
  if (!script) return not_allowed(*sender.role + " is not running (any more)");
  if (!script->sends) return received(fleet.table(), fleet.table().find_name(name), name);
  const auto found = script->sends->find(name);
  if (found != script->sends->end()) return received(fleet.table(), found->second, name);
  return not_allowed(*sender.role + " may not send " + quoted(name) +
                     "; list it under messages.sends in the script's service.yml" +
                     advice_for_sender(fleet.table(), *script->sends, name));
}

}  // namespace

Resolved resolve(const Fleet& fleet, const Instance& sender, std::string_view name) {
  if (is_name_of_exo(name)) {
    return not_allowed("only exo-operator may send " + quoted(name) + ", not " + *sender.role);
  }
  switch (sender.kind) {
    case PeerKind::kInstance:
      return resolve_for_version(fleet.table(), sender, name);
    case PeerKind::kScript:
      return resolve_for_script(fleet, sender, name);
    case PeerKind::kOperator:
      break;
  }
  if (fleet.table().operator_may_send()) {
    return received(fleet.table(), fleet.table().find_name(name), name);
  }
  return not_allowed("exo-operator may not send " + quoted(name) + " in this environment");
}

bool is_for_exo(const Instance& sender, std::string_view name) {
  if (name == "exo.lock" || name == "exo.unlock") return true;
  switch (sender.kind) {
    case PeerKind::kInstance:
      return false;
    case PeerKind::kOperator:
      return is_name_of_exo(name);
    case PeerKind::kScript:
      break;
  }
  const std::string& role = *sender.role;
  return name.size() > role.size() && name.substr(0, role.size()) == role && name[role.size()] == '-';
}

}  // namespace exo::routing

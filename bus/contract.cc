#include "bus/contract.h"

#include <utility>

namespace exo::routing {
namespace {

constexpr std::string_view kExoPrefix = "exo.";

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

Resolved not_allowed(std::string reason) {
  return {nullptr, "not-allowed", std::move(reason)};
}

Resolved received(const RoutingTable::Name* name, std::string_view text) {
  if (name && !name->roles.empty()) return {name, {}, {}};
  const std::string& wanted = name ? name->text : std::string(text);
  return {nullptr, "no-receiver",
          "no service of this application receives " + quoted(wanted) +
              "; list it under messages.receives in the service.yml of the service that should"};
}

Resolved resolve_for_version(const Instance& sender, std::string_view name) {
  if (!sender.version->routes) {
    return not_allowed(sender.version->describe() + " is not in the application (any more)");
  }
  const auto found = sender.version->routes->sends.find(name);
  if (found != sender.version->routes->sends.end()) return received(found->second, name);
  return not_allowed(sender.version->describe() + " may not send " + quoted(name) +
                     "; list it under messages.sends in its service.yml");
}

Resolved resolve_for_script(const Fleet& fleet, const Instance& sender, std::string_view name) {
  const RoutingTable::Script* script = fleet.script(sender);
  if (!script) return not_allowed(*sender.role + " is not running (any more)");
  if (!script->sends) return received(fleet.table().find_name(name), name);
  const auto found = script->sends->find(name);
  if (found != script->sends->end()) return received(found->second, name);
  return not_allowed(*sender.role + " may not send " + quoted(name) +
                     "; list it under messages.sends in the script's service.yml");
}

}  // namespace

Resolved resolve(const Fleet& fleet, const Instance& sender, std::string_view name) {
  if (name.substr(0, kExoPrefix.size()) == kExoPrefix) {
    return not_allowed("only exo-operator may send " + quoted(name) + ", not " + *sender.role);
  }
  switch (sender.kind) {
    case PeerKind::kInstance:
      return resolve_for_version(sender, name);
    case PeerKind::kScript:
      return resolve_for_script(fleet, sender, name);
    case PeerKind::kOperator:
      break;
  }
  if (fleet.table().operator_may_send()) return received(fleet.table().find_name(name), name);
  return not_allowed("exo-operator may not send " + quoted(name) + " in this environment");
}

bool is_for_exo(const Instance& sender, std::string_view name) {
  switch (sender.kind) {
    case PeerKind::kInstance:
      return false;
    case PeerKind::kOperator:
      return name.substr(0, kExoPrefix.size()) == kExoPrefix;
    case PeerKind::kScript:
      break;
  }
  const std::string& role = *sender.role;
  return name.size() > role.size() && name.substr(0, role.size()) == role && name[role.size()] == '-';
}

}  // namespace exo::routing

#include "bus/fleet.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace exo::routing {

bool VersionState::has_instance() const {
  return std::any_of(instances.begin(), instances.end(),
                     [](const Instance* i) { return i->ready && !i->draining; });
}

Fleet::Fleet() : table_(RoutingTable::compile({})) {}

const std::string* Fleet::intern(std::string_view text) {
  const auto found = texts_.find(text);
  return found != texts_.end() ? &*found : &*texts_.emplace(text).first;
}

RoleState& Fleet::role_named(std::string_view text) {
  for (const auto& role : roles_) {
    if (*role->text == text) return *role;
  }
  auto role = std::make_unique<RoleState>();
  role->index = roles_.size();
  role->text = intern(text);
  return *roles_.emplace_back(std::move(role));
}

VersionState& Fleet::version_named(std::string_view role, std::string_view text) {
  for (const auto& version : versions_) {
    if (*version->text == text && *version->role->text == role) return *version;
  }
  auto version = std::make_unique<VersionState>();
  version->role = &role_named(role);
  version->text = intern(text);
  begin_opening(*version);
  return *versions_.emplace_back(std::move(version));
}

void Fleet::begin_opening(VersionState& version) {
  version.opening = static_cast<std::uint32_t>(openings_.size());
  openings_.push_back(&version);
}

std::shared_ptr<const RoutingTable> Fleet::adopt(std::shared_ptr<const RoutingTable> table) {
  std::vector<Gate> gates_before;
  for (const auto& version : versions_) {
    gates_before.push_back(version->gate());
    version->routes = nullptr;
    version->script = nullptr;
  }
  table_.swap(table);
  roles_of_table_.clear();
  versions_of_table_.clear();
  names_of_table_.clear();
  for (const std::string& role : table_->roles()) roles_of_table_.push_back(&role_named(role));
  for (const RoutingTable::Version& version : table_->versions()) {
    VersionState& state = version_named(table_->roles()[version.role], version.text);
    state.routes = &version;
    versions_of_table_.push_back(&state);
  }
  for (const RoutingTable::Script& script : table_->scripts()) {
    if (script.brings_in) this->version(*script.brings_in).script = &script;
  }
  for (const auto& name : table_->names()) names_of_table_.push_back(intern(name->text));
  for (std::size_t i = 0; i < gates_before.size(); ++i) {
    if (gates_before[i] != Gate::kHeld && versions_[i]->gate() == Gate::kHeld) begin_opening(*versions_[i]);
  }
  return table;
}

VersionState& Fleet::brought_in_by(const RoutingTable::Script& script) {
  return version_named(script.role, script.version);
}

Instance& Fleet::add_instance(const Admission& admission, Outbox& outbox, CreditLedger credit) {
  auto instance = std::make_unique<Instance>();
  instance->number = ++last_number_;
  instance->name = admission.instance;
  instance->token = admission.token;
  instance->public_key = admission.public_key;
  instance->kind = admission.kind;
  instance->ready = admission.ready_at_once;
  instance->role = intern(admission.role);
  instance->version_text = intern(admission.version);
  instance->credit = std::move(credit);
  switch (admission.kind) {
    case PeerKind::kInstance:
      instance->version = &version_named(admission.role, admission.version);
      break;
    case PeerKind::kScript:
      instance->scope = std::make_unique<ScriptScope>(admission.instance, outbox, admission.allowance);
      break;
    case PeerKind::kOperator:
      break;
  }
  const auto [entry, added] = instances_.try_emplace(admission.instance, std::move(instance));
  EXO_CHECK(added);
  return *entry->second;
}

void Fleet::remove_instance(Instance& instance) {
  EXO_CHECK(!instance.connected() && instance.legs.empty() && instance.queue.empty() &&
            instance.commands.empty());
  instances_.erase(instances_.find(instance.name));
}

Instance* Fleet::find_instance(std::string_view name) {
  const auto found = instances_.find(name);
  return found == instances_.end() ? nullptr : found->second.get();
}

Instance* Fleet::find_connection(ConnectionId connection) {
  const auto found = connections_.find(connection);
  return found == connections_.end() ? nullptr : found->second;
}

Instance* Fleet::find_number(const VersionState& version, std::uint64_t number) {
  for (Instance* instance : version.instances) {
    if (instance->number == number) return instance;
  }
  return nullptr;
}

void Fleet::connect(Instance& instance, ConnectionId connection) {
  EXO_CHECK(!instance.connected() && connection != kNoConnection);
  instance.connection = connection;
  ++instance.connections;
  connections_.emplace(connection, &instance);
  if (instance.version) instance.version->instances.push_back(&instance);
}

void Fleet::disconnect(Instance& instance) {
  connections_.erase(instance.connection);
  instance.connection = kNoConnection;
  if (instance.version) std::erase(instance.version->instances, &instance);
}

bool Fleet::acts_for_replay(const Instance& sender, std::string_view activity) {
  return is_in_scripts_activity(sender, activity) && sender.version->may_be_replayed_to;
}

bool Fleet::is_in_scripts_activity(const Instance& sender, std::string_view activity) {
  return sender.version && sender.version->script && sender.version->gate() == Gate::kHeld &&
         sender.version->script->activity_id == activity;
}

ScriptScope* Fleet::scope_for(Instance& sender, std::string_view activity) {
  if (sender.scope) return sender.scope.get();
  if (!is_in_scripts_activity(sender, activity)) return nullptr;
  const RoutingTable::Script& script = *sender.version->script;
  for (const auto& [name, instance] : instances_) {
    if (instance->scope && *instance->role == script.sender && instance->connected())
      return instance->scope.get();
  }
  return nullptr;
}

std::string_view Fleet::name_for(const Instance& instance, std::string_view public_name) const {
  if (!instance.version || !instance.version->routes) return public_name;
  return to_internal(*instance.version->routes, public_name);
}

std::string_view Fleet::public_name_of(const Instance& instance, std::string_view name) const {
  if (!instance.version || !instance.version->routes) return name;
  return to_public(*instance.version->routes, name);
}

}  // namespace exo::routing

#include "tests/simulation/simulated_broker.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "tests/simulation/plan.h"

namespace exo {
namespace {

ServiceVersion service_of(const VersionKey& key) {
  ServiceVersion service{.role = key.role, .version = parse_semantic_version(key.version).value()};
  service.receives = {key.role + ".ask"};
  return service;
}

// Every version of every plan.
Application whole_application() {
  Application application{.name = "simulated"};
  for (const VersionKey& key : all_versions()) {
    const auto role = std::find_if(application.roles.begin(), application.roles.end(),
                                   [&](const Role& each) { return each.name == key.role; });
    Role& of_key = role != application.roles.end() ? *role : application.roles.emplace_back();
    of_key.name = key.role;
    of_key.versions.push_back(service_of(key));
  }
  return application;
}

}  // namespace

std::shared_ptr<const RoutingTable> make_table(const std::vector<VersionStatus>& versions,
                                               const std::vector<RunningScript>& scripts,
                                               const std::vector<rollout::WantedFollow>& follows,
                                               std::uint64_t position) {
  static const Application kApplication = whole_application();
  return RoutingTable::compile(make_routing_plan({.application = kApplication,
                                                  .versions = versions,
                                                  .scripts = scripts,
                                                  .follows = follows,
                                                  .position = position}));
}

void SimulatedBroker::publish(Table table) {
  newest_ = table;
  on_their_way_.emplace_back(std::move(table));
}

SimulatedBroker::Told SimulatedBroker::take() {
  EXO_CHECK(has_words_to_take());
  Told told = std::move(on_their_way_.front());
  on_their_way_.pop_front();
  if (const Table* table = std::get_if<Table>(&told)) in_effect_ = *table;
  return told;
}

const RoutingTable* SimulatedBroker::newest() const {
  return newest_.get();
}

const RoutingTable::Version* SimulatedBroker::receiver_of(const std::string& role) const {
  const RoutingTable::Name* name = in_effect_ ? in_effect_->find_name(role + ".ask") : nullptr;
  if (name == nullptr) return nullptr;
  for (const RoutingTable::Receiver& receiver : name->roles.front().receivers) {
    if (receiver.version->gate == Gate::kOpen && receiver.version->share > 0) return receiver.version;
  }
  return nullptr;
}

}  // namespace exo

#include "bus/routing_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

std::string version_key(std::string_view role, std::string_view version) {
  std::string key;
  key.reserve(role.size() + version.size() + 1);
  key.append(role).append("@").append(version);
  return key;
}

std::optional<SemanticVersion> read_version(const std::string& text) {
  auto parsed = parse_semantic_version(text);
  if (!parsed) return std::nullopt;
  return std::move(parsed).value();
}

template <typename Map>
auto find_or_null(const Map& map, std::string_view key) -> typename Map::mapped_type {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

// Builds one table from one plan, then is gone.
class RoutingTableCompiler {
 public:
  explicit RoutingTableCompiler(RoutingPlan plan) : plan_(std::move(plan)) {}

  std::shared_ptr<const RoutingTable> compile() {
    table_.position_ = plan_.position;
    table_.operator_may_send_ = plan_.operator_may_send;
    add_versions();
    for (std::size_t i = 0; i < plan_.versions.size(); ++i)
      add_names_of(plan_.versions[i], table_.versions_[i]);
    add_scripts();
    for (auto& name : names_) table_.names_.push_back(std::move(name));
    return std::make_shared<const RoutingTable>(std::move(table_));
  }

 private:
  std::size_t role_index(const std::string& role) {
    EXO_CHECK(!role.empty());
    const auto [entry, added] = roles_.try_emplace(role, table_.roles_.size());
    if (added) table_.roles_.push_back(role);
    return entry->second;
  }

  void add_versions() {
    table_.versions_.reserve(plan_.versions.size());  // pointers to versions are given out below
    for (const VersionRoutes& routes : plan_.versions) {
      EXO_CHECK(std::isfinite(routes.share) && routes.share >= 0);
      RoutingTable::Version& version = table_.versions_.emplace_back();
      version.index = table_.versions_.size() - 1;
      version.role = role_index(routes.role);
      version.text = routes.version;
      version.semantic = read_version(routes.version);
      version.gate = routes.gate;
      version.starting = routes.starting;
      version.share = routes.share;
      const bool added =
          table_.versions_by_text_.try_emplace(version_key(routes.role, routes.version), &version).second;
      EXO_CHECK(added);
      add_translations(routes, version);
    }
  }

  static void add_translations(const VersionRoutes& routes, RoutingTable::Version& version) {
    for (const Translation& translation : routes.translations) {
      const bool first_public =
          version.public_names.try_emplace(translation.internal_name, translation.public_name).second;
      const bool first_internal =
          version.internal_names.try_emplace(translation.public_name, translation.internal_name).second;
      EXO_CHECK(first_public && first_internal);
    }
  }

  RoutingTable::Name& name_of(std::string_view text) {
    const auto found = names_by_text_.find(text);
    if (found != names_by_text_.end()) return *found->second;
    auto name = std::make_unique<RoutingTable::Name>();
    name->index = names_.size();
    name->text = text;
    RoutingTable::Name& added = *names_.emplace_back(std::move(name));
    names_by_text_.emplace(added.text, &added);
    table_.names_by_text_.emplace(added.text, &added);
    return added;
  }

  void add_names_of(const VersionRoutes& routes, RoutingTable::Version& version) {
    for (const std::string& internal : routes.sends) {
      version.sends.try_emplace(internal, &name_of(to_public(version, internal)));
    }
    for (const std::string& internal : routes.receives) {
      const bool at_least_once = std::find(routes.at_least_once.begin(), routes.at_least_once.end(),
                                           internal) != routes.at_least_once.end();
      add_receiver(name_of(to_public(version, internal)), {&version, internal, at_least_once});
    }
  }

  // A name listed twice by one version is received once, and one that is exo's own by no version.
  static void add_receiver(RoutingTable::Name& name, RoutingTable::Receiver receiver) {
    if (is_name_of_exo(name.text)) return;
    const std::size_t receiving = receiver.version->role;
    for (RoutingTable::ReceivingRole& role : name.roles) {
      if (role.role != receiving) continue;
      if (role.receivers.back().version != receiver.version) role.receivers.push_back(std::move(receiver));
      return;
    }
    name.roles.push_back({receiving, {std::move(receiver)}});
  }

  void add_scripts() {
    table_.scripts_.reserve(plan_.scripts.size());
    for (ScriptRoutes& routes : plan_.scripts) {
      RoutingTable::Script& script = table_.scripts_.emplace_back();
      script.brings_in = table_.find_version(routes.role, routes.version);
      if (routes.sends) {
        script.sends.emplace();
        for (const std::string& name : *routes.sends) script.sends->try_emplace(name, &name_of(name));
      }
      script.sender = std::move(routes.sender);
      script.role = std::move(routes.role);
      script.version = std::move(routes.version);
      script.activity_id = std::move(routes.activity_id);
      script.at_most = routes.at_most;
      const bool added = table_.scripts_by_sender_.try_emplace(script.sender, &script).second;
      EXO_CHECK(added);
    }
    table_.follows_ = std::move(plan_.follows);
  }

  RoutingPlan plan_;
  RoutingTable table_;
  RoutingTable::TextMap<std::size_t> roles_;
  std::vector<std::unique_ptr<RoutingTable::Name>> names_;
  RoutingTable::TextMap<RoutingTable::Name*> names_by_text_;
};

bool is_name_of_exo(std::string_view name) {
  return name.starts_with("exo.");
}

std::shared_ptr<const RoutingTable> RoutingTable::compile(RoutingPlan plan) {
  return RoutingTableCompiler(std::move(plan)).compile();
}

const RoutingTable::Version* RoutingTable::find_version(std::string_view role,
                                                        std::string_view version) const {
  return find_or_null(versions_by_text_, version_key(role, version));
}

const RoutingTable::Script* RoutingTable::find_script(std::string_view sender) const {
  return find_or_null(scripts_by_sender_, sender);
}

const RoutingTable::Name* RoutingTable::find_name(std::string_view public_name) const {
  return find_or_null(names_by_text_, public_name);
}

bool is_acknowledged(const RoutingTable::Name& name) {
  return std::all_of(name.roles.begin(), name.roles.end(), [](const RoutingTable::ReceivingRole& role) {
    return std::all_of(role.receivers.begin(), role.receivers.end(),
                       [](const RoutingTable::Receiver& receiver) { return receiver.at_least_once; });
  });
}

std::string_view to_public(const RoutingTable::Version& version, std::string_view internal_name) {
  const auto found = version.public_names.find(internal_name);
  return found == version.public_names.end() ? internal_name : std::string_view(found->second);
}

std::string_view to_internal(const RoutingTable::Version& version, std::string_view public_name) {
  const auto found = version.internal_names.find(public_name);
  return found == version.internal_names.end() ? public_name : std::string_view(found->second);
}

}  // namespace exo

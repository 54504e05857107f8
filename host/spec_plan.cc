#include "host/spec_plan.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/nearest_word.h"
#include "base/text.h"
#include "deployment-scripts/spec_nouns.h"
#include "host/application_check.h"
#include "host/spec_check.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// What was read, and is sound.
struct Material {
  Application application;
  ScriptCatalog catalog;
  SpecNouns nouns;
};

Result<Material> read(const SpecOptions& options) {
  ApplicationCheck check =
      check_application({.application = options.application, .ports = {}, .environment = own_environment()});
  LoadedNouns loaded = load_nouns(options.application);
  std::vector<Mistake> mistakes = std::move(check.mistakes);
  std::move(loaded.mistakes.begin(), loaded.mistakes.end(), std::back_inserter(mistakes));
  if (mistakes.empty()) mistakes = check_nouns(loaded.nouns, *check.application);
  if (!mistakes.empty()) return to_error(mistakes);
  return Material{.application = std::move(*check.application),
                  .catalog = std::move(check.catalog),
                  .nouns = std::move(loaded.nouns)};
}

std::string spec_file(const VersionKey& key) {
  return std::string(kScriptsFolder) + "/" + key.role + "-" + key.version + kSpecExtension;
}

bool fits(const VersionKey& key, const std::string& wanted) {
  return wanted == key.role || wanted == to_text(key);
}

Error no_spec_of(const std::string& wanted, const Material& material) {
  const std::string role = wanted.substr(0, wanted.find('@'));
  if (material.application.find_role(role) == nullptr) {
    std::vector<std::string> roles;
    for (const Role& each : material.application.roles) roles.push_back(each.name);
    return {"usage", "there is no service " + in_quotes(role) + did_you_mean(role, roles)};
  }
  for (const VersionKey& key : versions_of(material.application)) {
    if (!fits(key, wanted)) continue;
    const bool has_script = material.catalog.find(key) != nullptr;
    return {"absent", to_text(key) + " has no spec; write " + spec_file(key) +
                          (has_script ? "" : ", or have it begun: exo script new " + to_text(key))};
  }
  return {"usage", in_quotes(wanted) + " names no version of the application"};
}

Result<std::vector<Spec>> choose(const std::vector<std::string>& wanted, const Material& material) {
  const std::vector<Spec>& all = material.catalog.specs;
  if (all.empty() && wanted.empty())
    return Error{"absent",
                 "the application has no specs; a deployment script and its spec are made by: exo script "
                 "new ROLE@VERSION"};
  for (const std::string& name : wanted) {
    if (std::none_of(all.begin(), all.end(), [&](const Spec& spec) { return fits(spec.of, name); }))
      return no_spec_of(name, material);
  }
  std::vector<Spec> chosen;
  std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), [&](const Spec& spec) {
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(),
                                         [&](const std::string& name) { return fits(spec.of, name); });
  });
  return chosen;
}

// What a spec cannot do without.
std::string lack_of(const Spec& spec, const Material& material) {
  if (material.catalog.find(spec.of) == nullptr)
    return spec.files.front() + ": there is no deployment script of " + to_text(spec.of) +
           "; make one: exo script new " + to_text(spec.of);
  if (material.application.find_version(spec.of.role, spec.of.version) == nullptr)
    return spec.files.front() + ": the application has no " + to_text(spec.of) +
           "; add a folder whose service.yml says \"version: " + spec.of.version + "\" to " + spec.of.role +
           " in application.yml";
  return "";
}

// Those that can be run, and what keeps the others from it.
struct Sorted {
  std::vector<Spec> whole;
  std::vector<std::string> lacks;
};

Result<Sorted> sort(const std::vector<Spec>& specs, const Material& material) {
  Sorted sorted;
  for (const Spec& spec : specs) {
    std::string lack = lack_of(spec, material);
    lack.empty() ? sorted.whole.push_back(spec) : sorted.lacks.push_back(std::move(lack));
  }
  if (sorted.whole.empty()) return Error{"absent", join(sorted.lacks, "\n")};
  return sorted;
}

Json to_json(const SpecRecords& records) {
  Json fields = Json::array();
  for (const SpecField& field : records.fields)
    fields.push_back(
        {{"column", field.column}, {"name", field.name}, {"type", std::string(to_text(field.type))}});
  const Place& place = records.places.begin()->second;
  return {{"add", records.add},
          {"list", records.list},
          {"search", records.search},
          {"by", records.by},
          {"in", records.in},
          {"fields", fields},
          {"place", place.file + ":" + std::to_string(place.line)}};
}

Json to_json(const SpecNouns& nouns) {
  Json services = Json::object();
  for (const SpecService& service : nouns.services) {
    Json records = Json::object();
    for (const SpecRecords& each : service.records) records[each.noun] = to_json(each);
    services[service.noun] = {{"role", service.role}, {"records", records}};
  }
  return services;
}

Json roles_of(const Application& application) {
  Json roles = Json::object();
  for (const VersionKey& key : versions_of(application)) roles[key.role].push_back(key.version);
  return roles;
}

Json public_roles_of(const Application& application) {
  Json roles = Json::array();
  for (const Role& role : application.roles) {
    if (role.is_public) roles.push_back(role.name);
  }
  return roles;
}

Json to_json(const Spec& spec, const Material& material, const fs::path& application) {
  Json files = Json::array();
  for (const std::string& file : spec.files) files.push_back((application / file).string());
  return {{"role", spec.of.role},
          {"version", spec.of.version},
          {"script", material.catalog.find(spec.of)->name},
          {"files", files}};
}

// Files with steps of the application's own, sorted.
Json steps_in(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code failure;
  for (fs::recursive_directory_iterator each(folder, failure), end; !failure && each != end;
       each.increment(failure)) {
    if (each->path().filename() == "node_modules") each.disable_recursion_pending();
    const std::string extension = each->path().extension().string();
    const bool is_javascript = extension == ".js" || extension == ".cjs";
    if (is_javascript && each->is_regular_file(failure)) files.push_back(each->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string refusal_as_json(const Error& refusal) {
  const Json step{{"keyword", "Given "},
                  {"name", "an application with specs that can be run"},
                  {"line", 0},
                  {"result", {{"status", "failed"}, {"duration", 0}, {"error_message", refusal.message}}}};
  const Json scenario{
      {"id", "exo-test;refused"}, {"keyword", "Scenario"}, {"name", "the specs can be run"}, {"line", 0},
      {"type", "scenario"},       {"tags", Json::array()}, {"steps", Json::array({step})}};
  const Json feature{{"uri", kScriptsFolder},
                     {"id", "exo-test"},
                     {"keyword", "Feature"},
                     {"name", "exo test"},
                     {"line", 0},
                     {"tags", Json::array()},
                     {"elements", Json::array({scenario})}};
  return Json::array({feature}).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<std::string> plan_specs(const SpecOptions& options) {
  const auto material = read(options);
  if (!material) return material.error();
  const auto specs = choose(options.wanted, material.value());
  if (!specs) return specs.error();
  const auto sorted = sort(specs.value(), material.value());
  if (!sorted) return sorted.error();
  const Application& application = material.value().application;
  Json plan{{"exo", options.program.string()},
            {"application", options.application.string()},
            {"name", application.name},
            {"logs", options.logs.string()},
            {"publicRoles", public_roles_of(application)},
            {"services", to_json(material.value().nouns)},
            {"roles", roles_of(application)},
            {"specs", Json::array()},
            {"lacks", sorted.value().lacks},
            {"steps", steps_in(options.application / kScriptsFolder / kStepsFolder)},
            {"options",
             {{"keep", options.keep},
              {"name", options.scenario},
              {"junit", options.junit},
              {"json", options.json}}}};
  for (const Spec& spec : sorted.value().whole)
    plan["specs"].push_back(to_json(spec, material.value(), options.application));
  return plan.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace exo

#include "deployment-scripts/script_order.h"

#include <gtest/gtest.h>

#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

const VersionKey kAccounts{"accounts", "2.0.0"};
const VersionKey kSearch{"search", "1.0.0"};
const VersionKey kWeb{"web", "3.0.0"};

// As the settings of `version` name the others, a line for each.
std::vector<NamedVersion> named(const VersionKey& version, const std::string& key,
                                const std::vector<VersionKey>& others) {
  std::vector<NamedVersion> all;
  for (const VersionKey& other : others) {
    const int line = static_cast<int>(all.size()) + 1;
    all.push_back({other, {.file = version.role + ".yml", .line = line, .key = key}});
  }
  return all;
}

struct Order {
  std::vector<VersionKey> after = {};
  std::vector<VersionKey> required = {};
};

rollout::VersionToBringIn ordered(const VersionKey& version, const Order& order) {
  ScriptSettings settings;
  settings.after = named(version, "after", order.after);
  settings.required = named(version, "requires", order.required);
  return with_script(version, settings);
}

std::vector<std::string> mistakes_of(const std::vector<rollout::VersionToBringIn>& versions) {
  std::vector<std::string> lines;
  for (const Mistake& mistake : wrong_order(versions)) lines.push_back(to_string(mistake));
  return lines;
}

using Lines = std::vector<std::string>;

TEST(ScriptOrder, NamesARoleThatIsNone) {
  EXPECT_EQ(
      mistakes_of({ordered(kWeb, {.after = {{"acounts", "2.0.0"}}}), plain(kAccounts)}),
      Lines{"web.yml:1: after: \"acounts@2.0.0\": there is no service \"acounts\"; name a version of one "
            "of application.yml; did you mean \"accounts\"?"});
}

TEST(ScriptOrder, NamesAScriptThatWaitsForItself) {
  EXPECT_EQ(
      mistakes_of({ordered(kWeb, {.required = {kWeb}})}),
      Lines{"web.yml:1: requires: \"web@3.0.0\": a script cannot wait for itself; name another version, or "
            "leave it out"});
}

TEST(ScriptOrder, NamesACircleOnce) {
  EXPECT_EQ(
      mistakes_of({ordered(kWeb, {.after = {kAccounts}}), ordered(kAccounts, {.required = {kSearch}}),
                   ordered(kSearch, {.after = {kWeb}})}),
      Lines{"accounts.yml:1: requires: \"search@1.0.0\": accounts@2.0.0 requires search@1.0.0, which runs "
            "after web@3.0.0, which runs after accounts@2.0.0, so that none could go first; leave one of "
            "them out"});
}

TEST(ScriptOrder, NamesACircleOfServiceFilesAtTheRequirement) {
  rollout::VersionToBringIn search = plain(kSearch);
  search.dependencies = {{"web", rollout::Dependency::Until::kLive}};
  rollout::VersionToBringIn web = plain(kWeb);
  web.required_versions = {{kSearch, {.file = "web/service.yml", .line = 7, .key = "requires"}}};
  EXPECT_EQ(mistakes_of({search, web}),
            Lines{"web/service.yml:7: requires: \"search@1.0.0\": web@3.0.0 requires search@1.0.0, which "
                  "depends on web@3.0.0, so that none could go first; leave one of them out"});
}

TEST(ScriptOrder, NamesACircleOfAServiceFileAndAScript) {
  rollout::VersionToBringIn web = plain(kWeb);
  web.required_versions = {{kSearch, {.file = "web/service.yml", .line = 7, .key = "requires"}}};
  EXPECT_EQ(mistakes_of({web, ordered(kSearch, {.required = {kWeb}})}).size(), 1u);
}

TEST(ScriptOrder, NamesACircleThroughWhatServicesDependOn) {
  rollout::VersionToBringIn search = plain(kSearch);
  search.dependencies = {{"web", rollout::Dependency::Until::kLive}};
  EXPECT_EQ(mistakes_of({search, ordered(kWeb, {.required = {kSearch}})}),
            Lines{"web.yml:1: requires: \"search@1.0.0\": web@3.0.0 requires search@1.0.0, which depends on "
                  "web@3.0.0, so that none could go first; leave one of them out"});
}

TEST(ScriptOrder, IsGoodWhereOneVersionOfARoleIsEnough) {
  rollout::VersionToBringIn search = plain(kSearch);
  search.dependencies = {{"web", rollout::Dependency::Until::kLive}};
  EXPECT_EQ(mistakes_of({search, ordered(kWeb, {.required = {kSearch}}), plain({"web", "2.0.0"})}), Lines{});
}

TEST(ScriptOrder, IsGoodWithVersionsThatAreNotHere) {
  EXPECT_EQ(mistakes_of({ordered(kWeb, {.after = {{"accounts", "1.0.0"}}, .required = {{"web", "1.0.0"}}}),
                         plain(kAccounts)}),
            Lines{});
}

TEST(ScriptOrder, IsGoodAfterAVersionWithoutAScript) {
  rollout::VersionToBringIn accounts = plain(kAccounts);
  accounts.dependencies = {{"web", rollout::Dependency::Until::kLive}};
  EXPECT_EQ(mistakes_of({ordered(kWeb, {.after = {kAccounts}}), accounts}), Lines{});
}

}  // namespace
}  // namespace exo

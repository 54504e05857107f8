// What is required and can never come.
#include <gtest/gtest.h>

#include "deployment-scripts/requirement.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

const VersionKey kAccounts2{"accounts", "2.0.0"};
const VersionKey kAccounts3{"accounts", "3.0.0"};
const VersionKey kWeb{"web", "1.0.0"};

using Lines = std::vector<std::string>;

Lines mistakes_of(const std::vector<rollout::VersionToBringIn>& versions, const RolloutRecord& record = {}) {
  Lines lines;
  for (const Mistake& mistake : missing_requirements(versions, record, "staging")) {
    lines.push_back(to_string(mistake));
  }
  return lines;
}

rollout::VersionToBringIn requiring(const VersionKey& version, const VersionKey& other) {
  rollout::VersionToBringIn requiring = plain(version);
  requiring.required_versions = {{other, {.file = "web/service.yml", .line = 4, .key = "requires"}}};
  return requiring;
}

rollout::VersionToBringIn requiring_script(const VersionKey& version, const VersionKey& other) {
  ScriptSettings settings;
  settings.required = {{other, {.file = "web.yml", .line = 2, .key = "requires"}}};
  return with_script(version, settings);
}

TEST(MissingRequirements, AreNoneWhereTheApplicationHasTheVersion) {
  EXPECT_EQ(mistakes_of({requiring(kWeb, kAccounts2), plain(kAccounts2)}), Lines{});
}

TEST(MissingRequirements, NameTheVersionsThatAreThereInstead) {
  EXPECT_EQ(
      mistakes_of({requiring(kWeb, kAccounts2), plain(kAccounts3)}),
      Lines{"web/service.yml:4: requires: \"accounts@2.0.0\" is not in the application, and not live in "
            "staging, so that it could never come in; add its folder to accounts in application.yml, or "
            "name one that is there: 3.0.0"});
}

TEST(MissingRequirements, NameTheServiceThatWasMeant) {
  EXPECT_EQ(mistakes_of({requiring(kWeb, {"acounts", "3.0.0"}), plain(kAccounts3)}),
            Lines{"web/service.yml:4: requires: \"acounts@3.0.0\" is not in the application, and not live in "
                  "staging, so that it could never come in; there is no service \"acounts\"; did you mean "
                  "\"accounts\"?"});
}

TEST(MissingRequirements, AreNoneWhereTheVersionIsLiveByTheLedger) {
  RolloutBench before;
  before.begin({plain(kAccounts2)});
  const std::vector<rollout::VersionToBringIn> versions{requiring(kWeb, kAccounts2), plain(kAccounts3)};
  EXPECT_EQ(mistakes_of(versions, before.rollout().record()).size(), 1u) << "it is not live yet";
  before.ready(kAccounts2);
  EXPECT_EQ(mistakes_of(versions, before.rollout().record()), Lines{});
}

TEST(MissingRequirements, AreNoMatterToAVersionThatIsLiveAlready) {
  RolloutBench before;
  before.begin({requiring(kWeb, kAccounts2), plain(kAccounts2)});
  before.ready(kAccounts2);
  before.ready(kWeb);
  RolloutRecord record;
  for (const LedgerEvent& event : before.ledger()) {
    if (event.role == kWeb.role) record.apply(event);
  }
  EXPECT_EQ(mistakes_of({requiring(kWeb, kAccounts2)}, record), Lines{});
}

TEST(MissingRequirements, OfAScriptWantTheOtherOneToBeDone) {
  RolloutBench before;
  before.begin({with_script(kAccounts2)});
  before.ready(kAccounts2);
  before.succeeds(kAccounts2);
  const std::vector<rollout::VersionToBringIn> versions{requiring_script(kWeb, kAccounts2),
                                                        plain(kAccounts3)};
  EXPECT_EQ(
      mistakes_of(versions, before.rollout().record()),
      Lines{"web.yml:2: requires: \"accounts@2.0.0\" is not in the application, and its script is not done "
            "in staging, so that it could never come in; add its folder to accounts in application.yml, or "
            "name one that is there: 3.0.0"});
  before.succeeds(kAccounts2);
  EXPECT_EQ(mistakes_of(versions, before.rollout().record()), Lines{});
}

}  // namespace
}  // namespace exo

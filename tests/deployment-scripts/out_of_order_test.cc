// A lower version that comes in after a higher one.
#include "deployment-scripts/out_of_order.h"

#include <gtest/gtest.h>

#include "deployment-scripts/rollout_plan.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::AnnouncementKind;

const VersionKey kFirst{"todo", "0.0.1"};
const VersionKey kSecond{"todo", "0.0.2"};
const VersionKey kTenth{"todo", "0.0.10"};
const VersionKey kOther{"web", "9.0.0"};

// An environment in which these were brought in.
std::vector<LedgerEvent> after(const std::vector<VersionKey>& versions) {
  RolloutBench bench;
  std::vector<rollout::VersionToBringIn> all;
  all.reserve(versions.size());
  for (const VersionKey& version : versions) all.push_back(plain(version));
  bench.begin(all);
  for (const VersionKey& version : versions) bench.ready(version);
  return bench.ledger();
}

RolloutRecord record_of(const std::vector<LedgerEvent>& ledger) {
  RolloutRecord record;
  for (const LedgerEvent& event : ledger) record.apply(event);
  return record;
}

TEST(OutOfOrder, NamesTheHighestVersionThatWasThereBefore) {
  const RolloutRecord record = record_of(after({kSecond, kTenth, kOther}));
  EXPECT_EQ(out_of_order(kFirst, record), "out of order: todo@0.0.10 was introduced before it");
  EXPECT_EQ(out_of_order({"todo", "0.0.10-rc.1"}, record),
            "out of order: todo@0.0.10 was introduced before it");
}

TEST(OutOfOrder, IsNoVersionThatIsHigherOrTheSameOrOfAnotherRole) {
  const RolloutRecord record = record_of(after({kSecond, kOther}));
  EXPECT_EQ(out_of_order(kTenth, record), "");
  EXPECT_EQ(out_of_order({"todo", "0.0.2+build"}, record), "");
  EXPECT_EQ(out_of_order({"mail", "0.0.1"}, record), "");
}

TEST(OutOfOrder, IsToldAndRecordedWhenItHappens) {
  RolloutBench bench(after({kSecond}));
  bench.begin({plain(kFirst), plain(kSecond)});
  const auto told = bench.announced(AnnouncementKind::kVersionOutOfOrder);
  ASSERT_EQ(told.size(), 1u) << bench.transcript();
  EXPECT_EQ(told[0].text, "todo@0.0.1 is introduced out of order: todo@0.0.2 was introduced before it");
  bench.ready(kFirst);
  EXPECT_EQ(bench.status(kFirst).state, VersionState::kLive) << "it is told, and forbids nothing";
  const auto introduced = std::find_if(bench.ledger().begin(), bench.ledger().end(), [](const auto& event) {
    return event.type == event_type::kVersionIntroduced && event.version == kFirst.version;
  });
  ASSERT_NE(introduced, bench.ledger().end());
  EXPECT_NE(introduced->details.find("out of order: todo@0.0.2 was introduced before it"), std::string::npos);
}

TEST(OutOfOrder, IsNotSaidOfVersionsThatComeInTogether) {
  RolloutBench bench;
  bench.begin({with_script(kFirst), plain(kSecond)});
  EXPECT_TRUE(bench.announced(AnnouncementKind::kVersionOutOfOrder).empty()) << bench.transcript();
}

TEST(OutOfOrder, IsPlanned) {
  rollout::Begin begin;
  begin.versions = {plain(kFirst), plain(kSecond)};
  begin.environment = "local";
  const auto steps = plan_rollout(after({kSecond}), begin, [](const Script&, Phase) { return true; });
  const auto introduce = std::find_if(
      steps.begin(), steps.end(), [](const PlanStep& step) { return step.kind == PlanStepKind::kIntroduce; });
  ASSERT_NE(introduce, steps.end());
  EXPECT_EQ(introduce->why, "it was never here; out of order: todo@0.0.2 was introduced before it");
}

}  // namespace
}  // namespace exo

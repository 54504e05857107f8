#include "host/dry_run_summary.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using State = DryRun::State;

const VersionKey kWeb{"web", "1.0.0"};
const VersionKey kTodo{"todo", "0.0.2"};

DryRun dry_run(const VersionKey& version, State state) {
  return {.version = version, .state = state};
}

VersionStatus version(const VersionKey& key, VersionState state) {
  VersionStatus status;
  status.key = key;
  status.state = state;
  return status;
}

TEST(DryRunSummary, OfNothingIsGood) {
  const DryRunSummary summary = summary_of({}, {version(kWeb, VersionState::kLive)});
  EXPECT_TRUE(summary.is_good);
  EXPECT_EQ(summary.text, "no script has anything left to run");
}

TEST(DryRunSummary, CountsWhatSucceededAndNamesWhatWasNotMade) {
  const DryRunSummary summary =
      summary_of({dry_run(kWeb, State::kSucceeded), dry_run(kTodo, State::kNotMade)}, {});
  EXPECT_TRUE(summary.is_good);
  EXPECT_EQ(summary.text, "1 dry run succeeded, todo@0.0.2 was not dry-run");
}

TEST(DryRunSummary, IsBadWhenOneHasFailed) {
  const DryRunSummary summary =
      summary_of({dry_run(kWeb, State::kSucceeded), dry_run(kTodo, State::kFailed)}, {});
  EXPECT_FALSE(summary.is_good);
  EXPECT_EQ(summary.text, "1 of 2 dry runs failed");
}

TEST(DryRunSummary, TellsApartWhatFailedAndWhatWasCutShort) {
  const DryRunSummary summary =
      summary_of({dry_run(kWeb, State::kCancelled), dry_run(kTodo, State::kInterrupted)}, {});
  EXPECT_FALSE(summary.is_good) << "nobody knows what they would have shown";
  EXPECT_EQ(summary.text,
            "the dry run of web@1.0.0 was cancelled, the dry run of todo@0.0.2 was interrupted");
}

TEST(DryRunSummary, IsBadWhenAVersionIsHeld) {
  const DryRunSummary summary =
      summary_of({dry_run(kTodo, State::kNotMade)}, {version(kTodo, VersionState::kFailed)});
  EXPECT_FALSE(summary.is_good);
  EXPECT_EQ(summary.text, "todo@0.0.2 was not dry-run, todo@0.0.2 is held");
}

}  // namespace
}  // namespace exo

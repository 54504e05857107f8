#include "host/script_progress.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/text.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

VersionStatus copying(double done, double total, const std::string& note = "") {
  VersionStatus version{.key = {"todo", "0.0.2"}, .state = VersionState::kPreparing};
  version.offline = {.state = ScriptState::kRunning, .run = "todo-0.0.2-offline-1", .attempt = 1};
  version.offline.progress = ScriptProgress{.done = done, .total = total, .note = note};
  return version;
}

const MonotonicTime kBegin{};

TEST(ProgressWatch, sees_nothing_of_phases_that_do_not_run) {
  ProgressWatch watch;
  VersionStatus done = copying(1, 2);
  done.offline.state = ScriptState::kDone;
  EXPECT_TRUE(watch.look({done}, kBegin).empty());
}

TEST(ProgressWatch, tells_for_how_long_a_script_is_quiet) {
  ProgressWatch watch;
  VersionStatus silent = copying(1, 2);
  silent.offline.progress.reset();
  silent.offline.heard_at = kBegin;
  const auto soon = watch.look({silent}, kBegin + milliseconds(9'999));
  ASSERT_EQ(soon.size(), 1U);
  EXPECT_FALSE(is_worth_showing(soon[0]));
  const auto later = watch.look({silent}, kBegin + milliseconds(40'700));
  ASSERT_TRUE(is_worth_showing(later.at(0)));
  EXPECT_EQ(progress_text(later[0]), "deployment-todo-0.0.2: offline phase: quiet for 40 s");
  EXPECT_EQ(progress_line(later[0], 80), "deployment-todo-0.0.2: offline phase  quiet for 40 s");
}

TEST(ProgressWatch, tells_that_a_script_has_gone_quiet_after_it_said_how_far_it_is) {
  ProgressWatch watch;
  VersionStatus version = copying(100, 1000, "copying");
  version.offline.heard_at = kBegin;
  const auto phases = watch.look({version}, kBegin + seconds(12));
  EXPECT_EQ(progress_text(phases.at(0)),
            "deployment-todo-0.0.2: offline phase: 10 %, 100 of 1,000, quiet for 12 s, copying");
}

TEST(ProgressWatch, knows_no_rate_at_the_first_look) {
  ProgressWatch watch;
  const auto phases = watch.look({copying(100, 1000)}, kBegin);
  ASSERT_EQ(phases.size(), 1U);
  EXPECT_EQ(progress_text(phases[0]), "deployment-todo-0.0.2: offline phase: 10 %, 100 of 1,000");
}

TEST(ProgressWatch, tells_rate_and_time_left) {
  ProgressWatch watch;
  (void)watch.look({copying(0, 60'000)}, kBegin);
  const auto phases = watch.look({copying(27'000, 60'000, "copying")}, kBegin + seconds(3));
  EXPECT_EQ(progress_text(phases.at(0)),
            "deployment-todo-0.0.2: offline phase: 45 %, 27,000 of 60,000, 9,000/s, 3.6 s left, copying");
}

TEST(ProgressWatch, follows_a_script_that_has_become_slower) {
  ProgressWatch watch;
  double done = 0;
  for (int second = 0; second <= 100; ++second) {
    done += second < 50 ? 1000 : 10;
    const auto phases = watch.look({copying(done, 0)}, kBegin + seconds(second));
    if (second < 100) continue;
    EXPECT_NEAR(phases.at(0).per_second.value_or(0), 10, 1);
  }
}

TEST(ProgressWatch, measures_anew_what_begins_anew) {
  ProgressWatch watch;
  (void)watch.look({copying(500, 1000)}, kBegin);
  (void)watch.look({copying(0, 1000)}, kBegin + seconds(1));
  EXPECT_EQ(watch.look({copying(100, 1000)}, kBegin + seconds(2)).at(0).per_second, 100);
}

TEST(ProgressWatch, tells_no_time_left_where_nothing_moves) {
  ProgressWatch watch;
  (void)watch.look({copying(100, 1000)}, kBegin);
  EXPECT_EQ(watch.look({copying(100, 1000)}, kBegin + seconds(5)).at(0).left, std::nullopt);
}

TEST(Progress, survives_numbers_that_are_none) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double done : {nan, infinite, -infinite, -1.0, 1e300}) {
    for (const double total : {nan, infinite, -infinite, 0.0, 1e300}) {
      ProgressWatch watch;
      (void)watch.look({copying(0, total)}, kBegin);
      const auto phases = watch.look({copying(done, total, "\x1b[2J")}, kBegin + seconds(1));
      EXPECT_FALSE(has_control_characters(progress_text(phases.at(0))));
      EXPECT_LE(count_characters(progress_line(phases.at(0), 80)), 80U);
    }
  }
}

TEST(ProgressLine, fits_every_width_and_leaves_out_what_is_needed_least) {
  PhaseProgress phase{
      .name = "deployment-todo-0.0.2: offline phase",
      .progress = ScriptProgress{.done = 27'000, .total = 60'000, .note = "größere Änderungen"},
      .per_second = 9'000,
      .left = milliseconds(3'666)};
  for (std::size_t width = 0; width < 200; ++width)
    EXPECT_LE(count_characters(progress_line(phase, width)), width);
  EXPECT_EQ(progress_line(phase, 140),
            "deployment-todo-0.0.2: offline phase  [#############.................]  45 %  27,000 of 60,000  "
            "9,000/s  "
            "3.6 s left  größere Änderungen");
  EXPECT_EQ(progress_line(phase, 80),
            "deployment-todo-0.0.2: offline phase  [#######.........]  45 %  27,000 of 60,000");
  EXPECT_EQ(progress_line(phase, 50), "deployment-todo-0.0.2: offline phase  45 %");
  EXPECT_EQ(progress_line(phase, 20), "deployment-todo-0.0…");
}

TEST(ProgressLine, has_no_bar_without_a_total) {
  const PhaseProgress phase{
      .name = "x", .progress = ScriptProgress{.done = 1234, .total = 0, .note = ""}, .per_second = {}};
  EXPECT_EQ(progress_line(phase, 80), "x  1,234");
}

}  // namespace
}  // namespace exo

// Random schedules through the supervision core, against a world that obeys as processes do: late, twice, or
// not at all. What must hold in every schedule is checked after every step; a failure names its seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "services/supervision/supervision.h"

namespace exo::supervision {
namespace {

using std::chrono::milliseconds;

constexpr RestartRules kRules;
constexpr int kSchedules = 500;
constexpr int kStepsPerSchedule = 300;

// What the simulated machine knows of an instance's process.
struct Process {
  Key key;
  bool told_to_stop = false;
};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  void run() {
    for (int i = 0; i < kStepsPerSchedule && !testing::Test::HasFatalFailure(); ++i) random_step();
    stop_everything();
  }

 private:
  unsigned below(std::size_t limit) { return static_cast<unsigned>(random_() % limit); }

  Key random_key() {
    static const std::vector<Key> kKeys{{"web", "1"}, {"todo", "1"}, {"todo", "2"}, {"search", "1"}};
    return kKeys[below(kKeys.size())];
  }
  // Of a living process, or now and then one that ended long ago.
  std::string random_instance() {
    const bool from_the_past = processes_.empty() || below(8) == 0;
    if (from_the_past) return ids_.empty() ? "nobody" : *std::next(ids_.begin(), below(ids_.size()));
    return std::next(processes_.begin(), below(processes_.size()))->first;
  }

  void random_step() {
    switch (below(10)) {
      case 0:
        return want(random_key());
      case 1:
        return unwant(random_key());
      case 2:
        return tell(InstanceStarted{random_instance()});
      case 3:
        return tell(InstanceReady{random_instance()});
      case 4:
        return tell(InstanceNotReady{random_instance()});
      case 5:
        return end(random_instance());
      case 6:
        return pass(milliseconds(below(1'000)));
      case 7:
        return pass(milliseconds(below(100'000)));
      case 8:
        return ask_for_restart(random_key());
      default:
        return pass_to_deadline();
    }
  }

  void want(const Key& key) {
    wanted_.insert(key);
    tell(Wanted{.key = key});
  }
  void unwant(const Key& key) {
    wanted_.erase(key);
    tell(Unwanted{key});
  }
  void ask_for_restart(const Key& key) {
    paused_until_.erase(key);  // whoever asks does not want to wait
    tell(RestartAsked{key});
  }
  void end(const std::string& instance) {
    processes_.erase(instance);
    if (below(2) == 0) return tell(InstanceExited{instance, "exit code 1"});
    tell(InstanceFailedToStart{instance, "no such file"});
  }
  // The caller's duty: no deadline is slept through.
  void pass(milliseconds time) {
    const MonotonicTime until = now_ + time;
    for (auto due = core_.next_deadline(); due && *due <= until; due = core_.next_deadline()) {
      ASSERT_GE(*due, now_) << "a deadline was left behind";
      now_ = *due;
      tell(Tick{});
    }
    now_ = until;
  }
  void pass_to_deadline() {
    if (const auto due = core_.next_deadline()) pass(std::chrono::ceil<milliseconds>(*due - now_));
  }

  void stop_everything() {
    wanted_.clear();
    stopping_ = true;
    tell(StopEverything{});
    for (int i = 0; i < 200 && !processes_.empty(); ++i)
      below(3) == 0 ? pass_to_deadline() : end(random_instance());
    while (!processes_.empty()) end(processes_.begin()->first);
    EXPECT_EQ(times_stopped_, 1);
    EXPECT_TRUE(core_.view().empty());
    EXPECT_FALSE(core_.next_deadline().has_value());
  }

  void tell(const Event& event) {
    for (const Action& action : core_.step(event, now_))
      std::visit([this](const auto& a) { carry_out(a); }, action);
    check();
  }

  void carry_out(const StartInstance& start) {
    EXPECT_TRUE(ids_.insert(start.instance).second) << start.instance << " is not new";
    EXPECT_TRUE(wanted_.contains(start.key)) << start.key.role << " is not wanted";
    EXPECT_EQ(start.number, ++numbers_[start.key]);
    if (const auto pause = paused_until_.find(start.key); pause != paused_until_.end()) {
      EXPECT_EQ(now_, pause->second) << "a restart is early or late";
      paused_until_.erase(pause);
    }
    for (const auto& [id, process] : processes_) EXPECT_NE(process.key, start.key) << id << " still runs";
    processes_.emplace(start.instance, Process{start.key});
  }
  void carry_out(const StopInstance& stop) {
    const auto found = processes_.find(stop.instance);
    ASSERT_NE(found, processes_.end()) << "no such process: " << stop.instance;
    EXPECT_FALSE(found->second.told_to_stop) << stop.instance << " is stopped twice";
    found->second.told_to_stop = true;
  }
  void carry_out(const ReportRestart& restart) {
    EXPECT_GE(restart.pause, kRules.pause);
    EXPECT_LE(restart.pause, kRules.longest_pause);
    EXPECT_FALSE(processes_.contains(restart.instance));
    paused_until_[restart.key] = now_ + restart.pause;
  }
  // Its process may be there, or may have ended and wait for its restart.
  void carry_out(const ReportNotReadyInTime& report) {
    EXPECT_TRUE(processes_.contains(report.instance) || paused_until_.contains(report.key));
  }
  void carry_out(const ReportStopOverdue& report) { EXPECT_TRUE(processes_.contains(report.instance)); }
  void carry_out(const ReportEverythingStopped&) {
    ++times_stopped_;
    EXPECT_TRUE(processes_.empty());
  }

  // Every wanted version runs, or will within the longest pause; every process is wanted, or was told to
  // stop.
  void check() {
    std::map<Key, InstanceView> views;
    for (const InstanceView& view : core_.view()) views.emplace(view.key, view);
    for (const Key& key : wanted_) ASSERT_TRUE(views.contains(key)) << key.role << " is forgotten";
    for (const auto& [id, process] : processes_) {
      ASSERT_TRUE(views.contains(process.key)) << id << " is forgotten";
      EXPECT_EQ(views.at(process.key).instance, id);
      EXPECT_NE(views.at(process.key).state, State::kWaiting);
      if (process.told_to_stop) {
        EXPECT_EQ(views.at(process.key).state, State::kStopping);
      }
      if (!stopping_ && !wanted_.contains(process.key)) {
        EXPECT_TRUE(process.told_to_stop) << id;
      }
    }
    for (const auto& [key, view] : views) {
      if (view.state != State::kWaiting) continue;
      EXPECT_TRUE(wanted_.contains(key));
      EXPECT_LE(core_.next_deadline().value() - now_, kRules.longest_pause);
    }
    std::erase_if(paused_until_, [this](const auto& entry) { return !wanted_.contains(entry.first); });
  }

  std::mt19937 random_;
  Supervision core_{"simulated"};
  MonotonicTime now_{std::chrono::hours(1)};
  std::set<Key> wanted_;
  std::map<std::string, Process> processes_;
  std::map<Key, std::uint64_t> numbers_;
  std::map<Key, MonotonicTime> paused_until_;
  std::set<std::string> ids_;
  bool stopping_ = false;
  int times_stopped_ = 0;
};

TEST(SupervisionSimulation, HoldsItsPromisesInEverySchedule) {
  for (unsigned seed = 1; seed <= kSchedules; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World(seed).run();
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

}  // namespace
}  // namespace exo::supervision

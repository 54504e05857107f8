#include "tests/simulation/simulation.h"

#include "tests/simulation/world.h"

namespace exo {

SimulationReport simulate(const SimulationOptions& options) {
  return World(options).run();
}

void add(const SimulationReport& one, SimulationReport& sum) {
  sum.events += one.events;
  sum.crashes += one.crashes;
  sum.failed_attempts += one.failed_attempts;
  sum.interrupted_attempts += one.interrupted_attempts;
  sum.decisions += one.decisions;
  sum.lock_waits += one.lock_waits;
  sum.refused_appends += one.refused_appends;
  sum.late_scripts += one.late_scripts;
  sum.take_overs += one.take_overs;
  sum.stale_refusals += one.stale_refusals;
  sum.deliveries += one.deliveries;
  sum.writes += one.writes;
  sum.copies += one.copies;
  sum.replayed += one.replayed;
  sum.filled += one.filled;
  sum.exits_read += one.exits_read;
  sum.late_deeds += one.late_deeds;
  sum.slowed += one.slowed;
  sum.live += one.live;
  sum.failed += one.failed;
}

std::string describe(const SimulationReport& report) {
  const auto count = [](std::size_t number, const char* what) { return std::to_string(number) + " " + what; };
  return count(report.events, "events, ") + count(report.refused_appends, "refused appends, ") +
         count(report.crashes, "crashes, ") + count(report.take_overs, "take-overs, ") +
         count(report.stale_refusals, "refusals of a stale host, ") +
         count(report.failed_attempts, "failed and ") +
         count(report.interrupted_attempts, "interrupted attempts, ") +
         count(report.decisions, "decisions of people, ") +
         count(report.lock_waits, "waits for a run lock, ") + count(report.late_scripts, "late scripts, ") +
         count(report.deliveries, "messages of production, ") + count(report.writes, "writes, ") +
         count(report.copies, "of them copied and ") + count(report.replayed, "replayed, ") +
         count(report.filled, "versions filled, ") +
         count(report.exits_read, "exits read by the next host, ") +
         count(report.late_deeds, "late deeds, ") + count(report.slowed, "scripts slowed down; ") +
         count(report.live, "versions live, ") + count(report.failed, "failed");
}

std::string explain(const SimulationOptions& options) {
  SimulationOptions traced = options;
  traced.trace = SimulationOptions::Trace::kYes;
  const SimulationReport report = simulate(traced);
  std::string command = "bin/simulate --seed " + std::to_string(options.seed) + " --schedules 1";
  if (options.mutation != Mutation::kNone) {
    command += " --mutation " + std::string(to_text(options.mutation));
  }
  return report.violation + "\nrun it again: " + command + "\n" + report.trace;
}

}  // namespace exo

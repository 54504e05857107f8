// What bin/simulate runs: as many schedules as one wants, on every processor, until the first violation.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "tests/simulation/simulation.h"

namespace exo {
namespace {

constexpr std::uint64_t kSeedsAtATime = 64;

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t schedules = 1'000'000;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  std::string mutation = "none";
};

// The seeds from `first` on, handed out to threads; and what came of them.
class Campaign {
 public:
  Campaign(const Arguments& arguments, Mutation mutation)
      : mutation_(mutation), next_(arguments.seed), end_(arguments.seed + arguments.schedules) {}

  // Until there are no more seeds, or one has violated an invariant. For each of several threads.
  void run() {
    SimulationReport sum;
    for (;;) {
      const std::uint64_t first = next_.fetch_add(kSeedsAtATime);
      for (std::uint64_t seed = first; seed < std::min(first + kSeedsAtATime, end_); ++seed) take(seed, sum);
      if (first >= end_ || first > violating_) break;
    }
    const std::lock_guard lock(mutex_);
    add(sum, sum_);
  }

  // The least seed that violated an invariant.
  std::optional<std::uint64_t> violating_seed() const {
    return violating_ == kNone ? std::nullopt : std::optional(violating_.load());
  }
  const SimulationReport& sum() const { return sum_; }
  SimulationOptions options_of(std::uint64_t seed) const { return {.seed = seed, .mutation = mutation_}; }

 private:
  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

  void take(std::uint64_t seed, SimulationReport& sum) {
    const SimulationReport report = simulate(options_of(seed));
    add(report, sum);
    if (report.violation.empty()) return;
    std::uint64_t least = violating_;
    while (seed < least && !violating_.compare_exchange_weak(least, seed)) {
    }
  }

  const Mutation mutation_;
  std::atomic<std::uint64_t> next_;
  const std::uint64_t end_;
  std::atomic<std::uint64_t> violating_ = kNone;
  std::mutex mutex_;
  SimulationReport sum_;  // with mutex_
};

double run(const Arguments& arguments, Campaign& campaign) {
  const MonotonicTime begin = monotonic_now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < arguments.threads; ++i) threads.emplace_back([&] { campaign.run(); });
  for (std::thread& thread : threads) thread.join();
  return std::chrono::duration<double>(monotonic_now() - begin).count();
}

// The seed of a failure is all that it takes to see it again.
int report(const Arguments& arguments, const Campaign& campaign, double seconds) {
  if (const auto seed = campaign.violating_seed()) {
    std::cout << "seed " << *seed << ": " << explain(campaign.options_of(*seed));
    return 1;
  }
  std::cout << arguments.schedules << " schedules from seed " << arguments.seed << " in "
            << static_cast<std::uint64_t>(seconds) << " s: " << describe(campaign.sum())
            << "\nevery invariant held after every step\n";
  return 0;
}

std::string known_mutations() {
  std::string text;
  for (const Mutation mutation : kAllMutations)
    text += (text.empty() ? "" : ", ") + std::string(to_text(mutation));
  return text;
}

int run_program(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Runs schedules of the rollout core, the ledger's port and the gate, and checks the invariants "
      "after every step.\nExample: bin/simulate --schedules 10000 --seed 1",
      "bin/simulate");
  app.add_option("--schedules", arguments.schedules, "how many")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", arguments.seed, "of the first; each schedule has the next")->capture_default_str();
  app.add_option("--threads", arguments.threads, "one for each processor")->check(CLI::PositiveNumber);
  app.add_option("--mutation", arguments.mutation,
                 "a deliberate fault, which must be found: " + known_mutations());
  CLI11_PARSE(app, argc, argv);
  const auto mutation = parse_mutation(arguments.mutation);
  if (!mutation) {
    std::cerr << "there is no mutation " << arguments.mutation << "; there are: " << known_mutations()
              << "\n";
    return 2;
  }
  Campaign campaign(arguments, *mutation);
  const double seconds = run(arguments, campaign);
  return report(arguments, campaign, seconds);
}

}  // namespace
}  // namespace exo

int main(int argc, char** argv) {
  return exo::run_program(argc, argv);
}

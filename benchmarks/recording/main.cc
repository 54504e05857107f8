// A measurement of bin/bench ledger; prints its figures as JSON.
#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "benchmarks/recording/replay.h"
#include "benchmarks/recording/writers.h"

namespace exo {
namespace {

// Few at a time, because the disk of a busy machine is fifty times slower in one second than in the next.
constexpr std::uint64_t kEventsInATurn = 5;

struct Turns {
  std::string name;
  std::unique_ptr<Writer> writer;
  std::uint64_t written = 0;
  double seconds = 0;
};

void take_turn(Turns& turns) {
  const MonotonicTime begin = monotonic_now();
  for (std::uint64_t i = 0; i < kEventsInATurn; ++i) turns.writer->write(++turns.written);
  turns.seconds += std::chrono::duration<double>(monotonic_now() - begin).count();
}

int measure_writers(const std::string& folder, std::uint64_t count) {
  std::vector<Turns> all;
  for (const char* name : kWriters) {
    const std::string own = folder + "/" + name;
    std::filesystem::create_directory(own);
    all.push_back({.name = name, .writer = make_writer(name, own)});
  }
  while (all.back().written < count) {
    for (Turns& turns : all) take_turn(turns);
  }
  std::string rates;
  for (const Turns& turns : all) {
    rates += (rates.empty() ? "{\"" : ", \"") + turns.name +
             "\": " + std::to_string(static_cast<double>(turns.written) / turns.seconds);
  }
  std::cout << rates << "}\n";
  return 0;
}

int measure_replay(const std::string& folder) {
  const ReplayTimes times = replay_ledger(folder);
  std::cout << R"({"seconds": )" << times.seconds << R"(, "events": )" << times.events << "}\n";
  return 0;
}

int run(int argc, char** argv) {
  std::string folder;
  std::uint64_t count = 1000;
  CLI::App app("Measures ways of writing events down, or a replay", "recorder");
  app.require_subcommand(1);
  CLI::App* append =
      app.add_subcommand("append", "each way of making every event durable before the next, in turns");
  CLI::App* fill = app.add_subcommand("fill", "makes a ledger to be replayed");
  CLI::App* replay = app.add_subcommand("replay", "opens a ledger and replays it, as a host does");
  for (CLI::App* each : {append, fill, replay}) each->add_option("FOLDER", folder, "its folder")->required();
  for (CLI::App* each : {append, fill}) each->add_option("--events", count, "how many");
  CLI11_PARSE(app, argc, argv);
  if (append->parsed()) return measure_writers(folder, count);
  if (replay->parsed()) return measure_replay(folder);
  fill_ledger(folder, count);
  return 0;
}

}  // namespace
}  // namespace exo

int main(int argc, char** argv) {
  return exo::run(argc, argv);
}

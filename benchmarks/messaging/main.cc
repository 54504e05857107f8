// The main() of every transport's program.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>

#include "benchmarks/messaging/workload.h"

namespace {

// Hundreds of connections in one process.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int count, char** arguments) {
  using exo::messaging::Part;
  exo::messaging::Workload workload;
  CLI::App app("Plays one part in a measurement of bin/bench bus");
  const std::map<std::string, Part> parts = {{"asker", Part::kAsker},
                                             {"answerer", Part::kAnswerer},
                                             {"sender", Part::kSender},
                                             {"receiver", Part::kReceiver}};
  app.add_option("part", workload.place.part)->required()->transform(CLI::CheckedTransformer(parts));
  app.add_option("address", workload.place.address)->required();
  app.add_option("--mode", workload.place.mode);
  app.add_option("--size", workload.size);
  app.add_option("--window", workload.window);
  app.add_option("--connections", workload.connections);
  int milliseconds = 500;
  app.add_option("--milliseconds", milliseconds);
  app.add_option("--broker", workload.broker);
  CLI11_PARSE(app, count, arguments);
  workload.time = std::chrono::milliseconds(milliseconds);
  raise_descriptor_limit();
  try {
    exo::messaging::run(workload);
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", arguments[0], failure.what());
    return 1;
  }
}

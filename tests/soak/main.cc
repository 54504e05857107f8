// What bin/soak runs.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <random>

#include "tests/soak/soak.h"

namespace {

using exo::soak::Check;

// So many messages concerned are named; the rest is counted.
constexpr std::size_t kNamed = 20;

void print(const Check& check) {
  std::printf("%s %s\n", check.breaches.empty() ? "ok     " : "FAILED ", check.words.c_str());
  for (std::size_t i = 0; i < check.breaches.size() && i < kNamed; ++i) {
    std::printf("          %s\n", check.breaches[i].c_str());
  }
  if (check.breaches.size() > kNamed) std::printf("          and %zu more\n", check.breaches.size() - kNamed);
}

int print(const exo::soak::SoakReport& report) {
  std::printf("\n%s\n", report.table.c_str());
  std::size_t failed = 0;
  for (const Check& check : report.checks) {
    print(check);
    failed += check.breaches.empty() ? 0 : 1;
  }
  std::printf("%zu passed, %zu failed\n", report.checks.size() - failed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  constexpr std::uint64_t kMessagesPerMinute = 500'000;
  exo::soak::SoakOptions options{.seed = std::random_device()(), .tells_progress = ::isatty(1) == 1};
  int minutes = 10;
  CLI::App app("A soak of the bus: all kinds of messages, while instances are killed, stopped and drained");
  app.add_option("--minutes", minutes, "at least so long")->check(CLI::Range(0, 10'000));
  app.add_option("--messages", options.messages, "at least so many messages");
  app.add_option("--seed", options.seed, "of what is done when");
  CLI11_PARSE(app, count, arguments);
  options.time = std::chrono::minutes(minutes);
  if (app.count("--messages") == 0) {
    options.messages = kMessagesPerMinute * static_cast<std::uint64_t>(minutes);
  }
  try {
    std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
    std::fflush(stdout);
    return print(exo::soak::soak(options));
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "soak: %s\n", broken.what());
    return 1;
  }
}

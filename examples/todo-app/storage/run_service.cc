#include "examples/todo-app/storage/run_service.h"

#include <cstdio>

#include "examples/todo-app/storage/database.h"

namespace todo_app {

namespace {

int complain(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  return 1;
}

}  // namespace

int run_program(const ServiceSettings& settings, const ServeWith& serve) {
  auto options = exo::RelayOptions::from_environment();
  if (!options.ok()) return complain(options.error().message);
  const auto path = data_file(settings.database);
  if (!path.ok()) return complain(path.error().message);
  options.value().window = settings.window;
  try {
    exo::Relay relay(std::move(options).value());
    exo::Result<void> outcome;
    serve(relay, path.value(), [&] { outcome = relay.run_until_signal(); });
    return outcome.ok() ? 0 : complain(outcome.error().message);
  } catch (const std::exception& failure) {
    return complain(path.value() + ": " + failure.what());
  }
}

}  // namespace todo_app

// Greets whoever says a name.
#include <bus/relays/cpp/relay.h>

#include <iostream>
#include <string>
#include <utility>

namespace {

int complain(const exo::Error& error) {
  std::cerr << error.message << '\n';
  return 1;
}

// A handler has the command with its payload, and what answers it.
void greet(const exo::Command& command, exo::Reply reply) {
  const auto name = command.payload.string_at("name");
  const std::string whom = name.ok() ? *name.value() : "you";
  reply.send("greeter.greeted", exo::Value::map({{"text", "Hello " + whom}}));
}

// exo asks; an error, or no answer, says that this instance is not fit to serve.
void tell_health(const exo::Command&, exo::Reply reply) {
  reply.send("greeter.well", {});
}

}  // namespace

int main() {
  auto options = exo::RelayOptions::from_environment();
  if (!options.ok()) return complain(options.error());
  exo::Relay relay(std::move(options).value());
  relay.handle("greeter.greet", greet);
  relay.handle("greeter.health", tell_health);
  std::cout << "ready to greet" << std::endl;
  const auto outcome = relay.run_until_signal();
  return outcome.ok() ? 0 : complain(outcome.error());
}

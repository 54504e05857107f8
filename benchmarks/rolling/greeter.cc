// What bin/bench rollout brings in again and again: a service that answers, and, where it is started as a
// deployment script, a script that has nothing to do. Each notes when it comes to what is measured, by the
// clock that all processes of the machine share.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/clock.h"
#include "bus/relays/cpp/relay.h"

namespace exo {
namespace {

constexpr std::string_view kScriptPrefix = "deployment-";

// "first greeter@0.0.2 123456789": one write, so that lines of several processes do not mix.
void note(const std::string& what) {
  const char* file = std::getenv("GREETER_TIMES");
  const int times =
      ::open(file == nullptr ? "times.log" : file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const auto now = monotonic_now().time_since_epoch().count();
  const std::string line = what + " " + std::to_string(now) + "\n";
  if (::write(times, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
  ::close(times);
}

void be_a_script(Relay& relay, const std::string& role) {
  relay.handle(role + "-offline-start", [role](const Command&, Reply reply) {
    note("done " + role.substr(kScriptPrefix.size()));
    reply.send(role + "-offline-done", Value());
  });
}

void be_a_service(Relay& relay, const std::string& name) {
  relay.handle("greeter.greet", [name, is_first = true](const Command&, Reply reply) mutable {
    if (is_first) note("first " + name);
    is_first = false;
    reply.send("greeter.greeted", Value());
  });
}

int complain(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

int run() {
  auto options = RelayOptions::from_environment();
  if (!options.ok()) return complain(options.error());
  const std::string role = options.value().role;
  const char* version = std::getenv("EXO_VERSION");
  Relay relay(std::move(options).value());
  if (role.starts_with(kScriptPrefix)) {
    be_a_script(relay, role);
  } else {
    be_a_service(relay, role + "-" + (version == nullptr ? "" : version));
  }
  const auto ended = relay.run_until_signal();
  return ended.ok() ? 0 : complain(ended.error());
}

}  // namespace
}  // namespace exo

int main() {
  return exo::run();
}

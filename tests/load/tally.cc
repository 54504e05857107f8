#include "tests/load/tally.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "base/check.h"

namespace exo {

std::size_t Tally::amiss(std::size_t count) const {
  std::size_t amiss = 0;
  for (std::size_t number = 0; number < count; ++number) amiss += times[number] == 1 ? 0 : 1;
  return amiss;
}

void consume(RelayOptions options, Tally& tally) {
  const std::string name = options.role + ".do";
  Relay relay(std::move(options));
  relay.handle(name, [&](const Command& command, Reply reply) {
    const auto number = command.payload.integer_at("number");
    EXO_CHECK(number.ok());
    ++tally.times.at(static_cast<std::size_t>(number.value()));
    ++tally.handled;
    if (reply.expected()) reply.send("done", Value());
  });
  EXO_CHECK(relay.run().ok());
  ::_exit(0);
}

}  // namespace exo

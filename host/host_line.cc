#include "host/host_line.h"

#include <utility>

#include "base/ids.h"
#include "bus/relays/cpp/value_json.h"

namespace exo {
namespace {

constexpr std::chrono::seconds kAnswerWithin{10};

Error no_answer(const Owner& owner, const Error& cause) {
  return Error{"no-answer", "a host holds this environment (" + describe(owner) + ") but does not answer: " +
                                cause.message + "; if it is starting, try again in a moment"};
}

}  // namespace

Result<std::unique_ptr<HostLine>> HostLine::connect(const StateFolder& state, const Owner& owner) {
  const auto endpoint = state.bus();
  if (!endpoint) return no_answer(owner, endpoint.error());
  const auto key = state.key();
  if (!key) return key.error();
  RelayOptions options;
  options.endpoint = endpoint.value();
  options.role = "exo-operator";
  options.instance = "operator-" + random_hex(64);
  options.token = key.value();
  auto line = std::unique_ptr<HostLine>(new HostLine(std::move(options), owner));
  if (const auto connected = line->relay_.connect(kAnswerWithin); !connected) {
    return no_answer(owner, connected.error());
  }
  return line;
}

Result<std::string> HostLine::ask(std::string_view name, const Value& payload) {
  SendOptions options;
  options.timeout = kAnswerWithin;
  auto answer = relay_.ask(name, payload, options);
  if (!answer) return no_answer(owner_, answer.error());
  return value_to_json(answer.value().payload);
}

}  // namespace exo

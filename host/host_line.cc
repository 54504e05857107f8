#include "host/host_line.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/duration.h"
#include "base/ids.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "bus/relays/cpp/value_json.h"
#include "host/ledger_owner.h"

namespace exo {
namespace {

// What the host answered is told as it is; anything else means that it did not.
bool is_answer(const Error& error) {
  const auto silent = {"expired", "bus-lost", "closed", "cancelled", "receiver-lost", "overloaded"};
  return std::find(silent.begin(), silent.end(), error.code) == silent.end();
}

Error no_answer(const std::string& host, const Error& cause) {
  return Error{"no-answer", host + " does not answer: " + cause.message};
}

RelayOptions operator_options(const std::string& endpoint) {
  RelayOptions options;
  options.endpoint = endpoint;
  options.role = "exo-operator";
  options.instance = "operator-" + random_hex(64);
  return options;
}

Error no_bus(const Owner& owner) {
  return Error{"starting", "the host of this environment (" + describe(owner) +
                               ") has no bus just now: it is starting, or stopping; try again in a moment"};
}

// The kernel answers for a host that is only slow; a socket without a listener was left by one that was
// killed.
bool anybody_listens(const std::string& endpoint) {
  constexpr std::string_view kScheme = "ipc://";
  sockaddr_un address{};
  if (!endpoint.starts_with(kScheme)) return true;
  const std::string path = endpoint.substr(kScheme.size());
  if (path.size() >= sizeof address.sun_path) return true;
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  return errno != ENOENT && errno != ECONNREFUSED;
}

}  // namespace

Result<std::chrono::milliseconds> answer_within(const char* stated) {
  if (stated == nullptr || *stated == '\0') return kAnswerWithin;
  const auto duration = parse_duration(stated);
  if (duration && duration.value() > std::chrono::milliseconds::zero()) return duration.value();
  return Error{"usage", "EXO_ANSWER_WITHIN is " + in_quotes(stated) +
                            ", which is no time to wait for a host; write one such as 30s, or unset it"};
}

Result<std::unique_ptr<HostLine>> HostLine::connect(const StateFolder& state, const Owner& owner) {
  const auto within = answer_within(std::getenv("EXO_ANSWER_WITHIN"));
  if (!within) return within.error();
  const auto endpoint = state.bus();
  if (!endpoint || !anybody_listens(endpoint.value())) return no_bus(owner);
  const auto key = state.key();
  if (!key) return key.error();
  RelayOptions options = operator_options(endpoint.value());
  options.token = key.value();
  const std::string host = "a host holds this environment (" + describe(owner) + ") but";
  auto line = std::unique_ptr<HostLine>(new HostLine(std::move(options), host, within.value()));
  if (const auto connected = line->relay_.connect(within.value()); !connected) {
    return no_answer(host, connected.error());
  }
  return line;
}

Result<std::unique_ptr<HostLine>> HostLine::connect_to_running(const StateFolder& state,
                                                               std::string_view consequence) {
  const auto owner = find_host(state.path().string());
  if (!owner) return owner.error();
  if (owner.value()) return connect(state, *owner.value());
  const std::string which = state.environment() == "local" ? "" : " --environment " + state.environment();
  return Error{"no-host", "no host runs in " + state.environment() + ", so " + std::string(consequence) +
                              "; start it: exo run " + shell_word(state.application().string()) + which};
}

Result<std::unique_ptr<HostLine>> HostLine::connect(const RemoteBus& bus) {
  const auto within = answer_within(std::getenv("EXO_ANSWER_WITHIN"));
  if (!within) return within.error();
  RelayOptions options = operator_options(bus.endpoint);
  options.curve = bus.keys;
  const std::string host = "the host at " + bus.endpoint;
  auto line = std::unique_ptr<HostLine>(new HostLine(std::move(options), host, within.value()));
  const auto connected = line->relay_.connect(within.value());
  if (connected) return line;
  if (connected.error().code != "not-admitted") return no_answer(host, connected.error());
  return Error{"not-admitted", host + " does not admit the key " + bus.keys.own.public_key +
                                   "; whoever runs it lists it with: exo key add NAME " +
                                   shell_word(bus.keys.own.public_key)};
}

Result<std::string> HostLine::ask(std::string_view name, const Value& payload) {
  SendOptions options;
  options.timeout = within_;
  auto answer = relay_.ask(name, payload, options);
  if (!answer && is_answer(answer.error())) return answer.error();
  if (!answer) return no_answer(host_, answer.error());
  return value_to_json(answer.value().payload);
}

}  // namespace exo

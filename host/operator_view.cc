#include "host/operator_view.h"

#include <memory>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "bus/relays/cpp/relay.h"
#include "bus/relays/cpp/value_json.h"
#include "deployment-scripts/rollout.h"
#include "host/history_line.h"
#include "host/report_maker.h"
#include "ledger/ledger_error.h"
#include "ledger/ownership.h"
#include "ledger/sqlite_ledger.h"
#include "services/application.h"

namespace exo {
namespace {

constexpr std::chrono::seconds kAnswerWithin{10};
constexpr std::size_t kPage = 500;

Error no_answer(const Owner& owner, const Error& cause) {
  return Error{"no-answer", "a host holds this environment (" + describe(owner) + ") but does not answer: " +
                                cause.message + "; if it is starting, try again in a moment"};
}

// The running host's end of the bus. Asks one thing after another.
class HostLine {
 public:
  static Result<std::unique_ptr<HostLine>> connect(const StateFolder& state, const Owner& owner) {
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

  Result<std::string> ask(std::string_view name, const Value& payload) {
    SendOptions options;
    options.timeout = kAnswerWithin;
    auto answer = relay_.ask(name, payload, options);
    if (!answer) return no_answer(owner_, answer.error());
    return value_to_json(answer.value().payload);
  }

 private:
  HostLine(RelayOptions options, Owner owner) : relay_(std::move(options)), owner_(std::move(owner)) {}
  Relay relay_;
  Owner owner_;
};

Result<void> for_each_event(const StateFolder& state, const std::function<void(const LedgerEvent&)>& take) {
  const auto ledger = SqliteLedger::open_for_reading(state.path().string());
  if (!ledger && ledger.error().code == ledger_error::kAbsent) return {};  // nothing has run yet
  if (!ledger) return ledger.error();
  for (std::uint64_t next = 1;;) {
    const auto events = ledger.value()->read(next, kPage);
    if (!events) return events.error();
    if (events.value().empty()) return {};
    for (const LedgerEvent& event : events.value()) take(event);
    next = events.value().back().sequence + 1;
  }
}

// The application's name; that of its folder where its files cannot be read just now.
std::string name_of_application(const StateFolder& state) {
  const LoadedApplication loaded = load_application(state.application().string());
  return loaded.application ? loaded.application->name : state.application().filename().string();
}

Result<StatusReport> status_from_ledger(const StateFolder& state) {
  Rollout rollout;
  const auto read = for_each_event(state, [&](const LedgerEvent& event) { rollout.apply(event); });
  if (!read) return read.error();
  const auto no_instances = [](const VersionKey&) { return std::vector<InstanceReport>{}; };
  return StatusReport{.application = name_of_application(state),
                      .environment = state.environment(),
                      .host = std::nullopt,
                      .services = make_version_reports(rollout.status(), no_instances)};
}

Result<void> history_from_host(HostLine& host, const std::function<void(const std::string&)>& line) {
  for (std::uint64_t next = 1;;) {
    const auto page = host.ask("exo.history", Value::map({{"from", next}, {"limit", kPage}}));
    if (!page) return page.error();
    const auto lines = history_lines_from_json(page.value());
    if (!lines) return lines.error();
    if (lines.value().empty()) return {};
    for (const std::string& text : lines.value()) line(text);
    next += lines.value().size();
  }
}

}  // namespace

Result<StatusReport> view_status(const StateFolder& state) {
  const auto owner = find_owner(state.path().string());
  if (!owner) return owner.error();
  if (!owner.value()) return status_from_ledger(state);
  const auto host = HostLine::connect(state, *owner.value());
  if (!host) return host.error();
  const auto json = host.value()->ask("exo.status", Value::map({}));
  if (!json) return json.error();
  return status_from_json(json.value());
}

Result<void> view_history(const StateFolder& state, const std::function<void(const std::string&)>& line) {
  const auto owner = find_owner(state.path().string());
  if (!owner) return owner.error();
  if (!owner.value()) {
    return for_each_event(state, [&](const LedgerEvent& event) { line(to_json_line(event)); });
  }
  const auto host = HostLine::connect(state, *owner.value());
  if (!host) return host.error();
  return history_from_host(*host.value(), line);
}

}  // namespace exo

#include "host/stopping.h"

#include <poll.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/duration.h"
#include "base/ids.h"
#include "host/host_line.h"
#include "host/keeper_client.h"
#include "host/ledger_owner.h"
#include "ledger/ownership.h"
#include "services/keeper/file_lock.h"
#include "services/keeper/keeper_door.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookEvery{50};
constexpr StopTimes kInOrder{};

Error not_in_time(const std::string& what, milliseconds within) {
  return {"expired", what + " has not ended within " + format_duration(within) +
                         "; it goes on stopping, and exo status shows what is left; --timeout waits longer"};
}

// Until no host has the environment, or another than this one.
Result<void> wait_for_end_of(const Owner& owner, const StateFolder& state, MonotonicTime until) {
  while (true) {
    const auto found = find_owner(state.path().string());
    if (!found) return found.error();
    if (!found.value() || *found.value() != owner) return {};
    if (monotonic_now() >= until) return Error{"expired", ""};
    std::this_thread::sleep_for(kLookEvery);
  }
}

Result<void> wait_for_all(KeeperClient& keeper, MonotonicTime until) {
  while (true) {
    for (const KeeperEvent& event : keeper.take_events()) {
      if (std::holds_alternative<AllStopped>(event) || std::holds_alternative<KeeperLost>(event)) return {};
    }
    const auto left = std::chrono::ceil<milliseconds>(until - monotonic_now());
    if (left <= milliseconds(0)) return Error{"expired", ""};
    pollfd readable{keeper.event_fd(), POLLIN, 0};
    ::poll(&readable, 1, static_cast<int>(left.count()));
  }
}

// As the owner of the ledger for that moment, so that no host begins meanwhile.
Result<std::string> stop_services(const StateFolder& state, milliseconds within) {
  const auto ownership = Ownership::acquire(state.path().string(), this_process("stop-" + random_id()));
  if (!ownership) return ownership.error();
  // A keeper that stops everything already has nobody come in, and ends when it has.
  auto keeper =
      KeeperClient::attach({.program = "", .state_folder = state.path().string(), .lock_wait = within});
  if (!keeper && keeper.error().code == "busy") return not_in_time("the fleet", within);
  if (!keeper) return keeper.error();
  if (!keeper.value()) return std::string("nothing runs any more");
  const std::size_t count = keeper.value()->take_inheritance().processes.size();
  keeper.value()->stop_all({}, kInOrder);
  const auto stopped = wait_for_all(*keeper.value(), monotonic_now() + within);
  if (!stopped) {
    keeper.value()->leave();
    return not_in_time("the fleet", within);
  }
  keeper.value()->outlive_host(false);
  state.remove_stale_tokens({});
  state.remove_stale_sockets();
  return std::to_string(count) + (count == 1 ? " process" : " processes") + " of the fleet " +
         (count == 1 ? "has" : "have") + " ended";
}

// A keeper that ends with its host is not found any more, and holds its lock until nothing of the fleet
// lives.
Result<void> wait_for_end_of_keeper(const StateFolder& state, MonotonicTime until) {
  while (find_lock_holder((state.path() / "keeper.lock").string())) {
    if (monotonic_now() >= until) return Error{"expired", ""};
    std::this_thread::sleep_for(kLookEvery);
  }
  return {};
}

// The host may have been on its way out with another order, or be killed before it has carried this one out:
// what is left of the fleet decides.
Result<std::string> stop_host(const Owner& owner, const StateFolder& state, ServicesAtStop services,
                              milliseconds within) {
  const MonotonicTime until = monotonic_now() + within;
  const std::string host = "the host (pid " + std::to_string(owner.pid) + ")";
  const auto line = HostLine::connect(state, owner);
  if (!line) return line.error();
  const auto asked =
      line.value()->ask("exo.stop", Value::map({{"services", std::string(to_text(services))}}));
  if (!asked && asked.error().code != "stopping") return asked.error();
  const auto ended = wait_for_end_of(owner, state, until);
  if (!ended && ended.error().code == "expired") return not_in_time(host, within);
  if (!ended) return ended.error();
  const bool are_there = connect_to_keeper(state.path().string()).ok();
  if (are_there && services == ServicesAtStop::kGoOn) return host + " has ended; the services go on";
  if (are_there) {
    const auto left = std::chrono::ceil<milliseconds>(until - monotonic_now());
    const auto stopped = stop_services(state, std::max(left, milliseconds(0)));
    return stopped ? host + " has ended without its fleet; " + stopped.value() : stopped;
  }
  if (!wait_for_end_of_keeper(state, until)) return not_in_time("the fleet", within);
  return host + " has ended, and with it the fleet" +
         (services == ServicesAtStop::kGoOn ? ", which it was stopping already" : "");
}

}  // namespace

Result<std::string> stop_environment(const StateFolder& state, ServicesAtStop services, milliseconds within) {
  const auto owner = find_host(state.path().string());
  if (!owner) return owner.error();
  if (owner.value()) return stop_host(*owner.value(), state, services, within);
  const bool are_there = connect_to_keeper(state.path().string()).ok();
  if (are_there && services == ServicesAtStop::kEnd) {
    const auto stopped = stop_services(state, within);
    return stopped ? "no host was there; " + stopped.value() : stopped;
  }
  return Error{"no-host", "no host runs in " + state.environment() +
                              (are_there ? "; its services go on already" : ", and nothing of its fleet")};
}

}  // namespace exo

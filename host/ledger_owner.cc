#include "host/ledger_owner.h"

#include <chrono>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/ids.h"
#include "ledger/ledger_error.h"

namespace exo {
namespace {

constexpr std::string_view kPassing = "decision-";
constexpr std::chrono::milliseconds kLookEvery{10};

Result<std::optional<Owner>> find_host(const std::string& folder, MonotonicTime until) {
  while (true) {
    auto owner = find_owner(folder);
    const bool waits = owner.ok() && owner.value() && is_passing(*owner.value());
    if (!waits || monotonic_now() >= until) return owner;
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace

// One that has not yet written who it is will have done so, or be gone.
bool is_passing(const Owner& owner) {
  return owner.pid == 0 || owner.host_id.starts_with(kPassing);
}

std::string passing_owner_id() {
  return std::string(kPassing) + random_id();
}

Result<std::optional<Owner>> find_host(const std::string& folder) {
  return find_host(folder, monotonic_now() + kPassesWithin);
}

Result<std::unique_ptr<SqliteLedger>> own_ledger(const SqliteLedger::Options& options) {
  const MonotonicTime until = monotonic_now() + kPassesWithin;
  while (true) {
    auto ledger = SqliteLedger::open(options);
    if (ledger || ledger.error().code != ledger_error::kOwned) return ledger;
    const auto owner = find_host(options.folder, until);
    const bool is_free_now = owner.ok() && !owner.value();
    if (!is_free_now || monotonic_now() >= until) return ledger;
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace exo

#include "bus/relays/cpp/lock.h"

#include <utility>

#include "bus/relays/cpp/relay.h"
#include "bus/relays/cpp/relay_core.h"

namespace exo {
namespace {

constexpr const char* kLock = "exo.lock";
// How long it waits is the host's business, so that no lock comes to who has given up: the relay's own
// deadline is beyond the longest that the host takes.
constexpr std::chrono::hours kLongestWait{24};
constexpr std::chrono::hours kNoDeadline{25};

Value payload_of(const std::string& key, std::chrono::milliseconds timeout) {
  Value::Map payload{{"key", key}};
  if (timeout.count() > 0) {
    const std::chrono::milliseconds wait = std::min<std::chrono::milliseconds>(timeout, kLongestWait);
    payload.emplace_back("timeoutMs", wait.count());
  }
  return payload;
}

// What is not held any more is given back already, so nobody wants to hear of a failure. It has no deadline:
// the next host may hear of the lock by a registration that was on its way.
void give_back(relaying::RelayCore& core, const std::string& key, const std::string& id) {
  const Value payload = Value::map({{"key", key}, {"lock", id}});
  (void)core.send("exo.unlock", payload, {.send = {.timeout = kNoDeadline}, .expects = Expects::kNone},
                  nullptr, [](const Result<void>&) {});
}

Result<std::uint64_t> number_in(const Result<Answer>& answer) {
  if (!answer.ok()) return answer.error();
  const Value* number = answer.value().payload.find("number");
  const auto given = number == nullptr ? std::nullopt : number->unsigned_integer();
  if (given) return *given;
  return Error{"malformed", "the answer to exo.lock has no number"};
}

}  // namespace

Lock& Lock::operator=(Lock&& other) noexcept {
  if (this == &other) return *this;
  release();
  core_ = std::exchange(other.core_, {});
  key_ = std::exchange(other.key_, {});
  id_ = std::exchange(other.id_, {});
  number_ = std::exchange(other.number_, 0);
  return *this;
}

bool Lock::held() const {
  const auto core = core_.lock();
  return core != nullptr && core->locks().has(id_);
}

void Lock::on_lost(OnLockLost callback) const {
  const auto core = core_.lock();
  if (core == nullptr) return;
  const auto loss = core->locks().loss_of(id_);
  if (!loss) return core->locks().on_lost(id_, std::move(callback));
  if (callback) callback(*loss);
}

void Lock::release() {
  const auto core = std::exchange(core_, {}).lock();
  if (core != nullptr && core->locks().remove(id_)) give_back(*core, key_, id_);
}

Result<Request> Relay::lock(const std::string& key, const LockOptions& options, OnLock on_lock) {
  if (key.empty()) return Error{"malformed", "a lock has a key, which is not empty"};
  const auto wait = options.timeout.count() > 0 || core_->is_script() ? options.timeout : kDefaultTimeout;
  const auto id = std::make_shared<std::string>();
  const auto take = [core = std::weak_ptr(core_), key, id,
                     on_lock = std::move(on_lock)](const Result<Answer>& answer) {
    const auto number = number_in(answer);
    if (!number.ok()) {
      const auto alive = core.lock();
      if (alive != nullptr && number.error().code == "cancelled") give_back(*alive, key, *id);
      return on_lock(number.error());
    }
    Lock lock;
    lock.core_ = core;
    lock.key_ = key;
    lock.id_ = *id;
    lock.number_ = number.value();
    if (const auto alive = core.lock()) {
      alive->locks().add({.key = key, .id = *id, .number = number.value()});
    }
    on_lock(std::move(lock));
  };
  auto asked = request(kLock, payload_of(key, wait), {.send = {.timeout = kNoDeadline}}, take);
  if (asked.ok()) *id = last_id();
  return asked;
}

}  // namespace exo

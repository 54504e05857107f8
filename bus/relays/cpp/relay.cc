#include "bus/relays/cpp/relay.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "bus/relays/cpp/relay_core.h"

namespace exo {

namespace {

using std::chrono::milliseconds;

// How long one wait lasts at most where nothing else bounds it.
constexpr milliseconds kLongWait{60'000};

UniqueFd block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd descriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!descriptor) throw std::runtime_error(std::string("signalfd: ") + std::strerror(errno));
  return descriptor;
}

bool take_signal(const UniqueFd& descriptor) {
  signalfd_siginfo info{};
  return ::read(descriptor.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info));
}

}  // namespace

Relay::Relay(Options options) : core_(std::make_shared<relaying::RelayCore>(std::move(options))) {}
Relay::~Relay() = default;

void Relay::handle(std::string name, Handler handler) {
  core_->handle(std::move(name), std::move(handler));
}
void Relay::on_drained(std::function<void()> callback, std::size_t every) {
  core_->on_drained(std::move(callback), every);
}
void Relay::on_unhandled_error(std::function<void(std::string_view, const Error&)> callback) {
  on_unhandled_error([callback = std::move(callback)](std::string_view name, std::string_view /*id*/,
                                                      const Error& error) { callback(name, error); });
}
void Relay::on_unhandled_error(OnUnhandledError callback) {
  core_->on_unhandled_error(std::move(callback));
}
std::string Relay::last_id() const {
  return core_->last_id();
}
void Relay::close() {
  core_->close();
}
bool Relay::closed() const {
  return core_->closed();
}
bool Relay::registered() const {
  return core_->registered();
}
std::size_t Relay::frame_limit() const {
  return core_->frame_limit();
}

bool Relay::when_there_is_room(std::function<void()> callback) {
  return core_->when_there_is_room(std::move(callback));
}

std::size_t Relay::unaccepted() const {
  return core_->unaccepted();
}
std::size_t Relay::unsettled() const {
  return core_->unsettled();
}

void Request::cancel() {
  if (const auto core = core_.lock()) core->cancel(number_);
}
void Request::go_on() {
  if (const auto core = core_.lock()) core->go_on(number_);
}
bool Request::pending() const {
  const auto core = core_.lock();
  return core != nullptr && core->waits_for(number_);
}

Result<void> Relay::connect(milliseconds timeout) {
  if (!core_->started()) {
    if (auto started = core_->start(); !started.ok()) return started;
  }
  const MonotonicTime until = monotonic_now() + timeout;
  while (!core_->registered()) {
    const auto left = std::chrono::ceil<milliseconds>(until - monotonic_now());
    if (left.count() <= 0) return core_->no_answer_within(timeout);
    if (auto polled = core_->poll(left, -1); !polled.ok()) return polled;
  }
  return {};
}

Result<void> Relay::run() {
  return run_with([] {}, -1);
}

Result<void> Relay::run_until_signal() {
  const UniqueFd signals = block_stop_signals();
  const auto close_on_signal = [&] {
    if (take_signal(signals)) close();
  };
  return run_with(close_on_signal, signals.get());
}

// `look` is called after each turn; `descriptor` ends the waiting for the next.
Result<void> Relay::run_with(const std::function<void()>& look, int descriptor) {
  if (!core_->started()) {
    if (auto started = core_->start(); !started.ok()) return started;
  }
  while (!closed()) {
    if (auto polled = core_->poll(kLongWait, descriptor); !polled.ok()) return polled;
    look();
  }
  return core_->outcome();
}

Result<void> Relay::poll(milliseconds timeout) {
  return core_->poll(timeout, -1);
}

Result<void> Relay::send(std::string_view name, const Value& payload, const SendOptions& options,
                         OnSettled on_settled) {
  const auto sent = core_->send(name, payload, {.send = options, .expects = Expects::kNone}, nullptr,
                                std::move(on_settled));
  return sent.ok() ? Result<void>() : sent.error();
}

Result<Request> Relay::request(std::string_view name, const Value& payload, const RequestOptions& options,
                               OnAnswer on_answer) {
  EXO_CHECK(on_answer != nullptr && options.expects != Expects::kNone);
  const auto sent = core_->send(name, payload, options, std::move(on_answer), nullptr);
  if (!sent.ok()) return sent.error();
  return Request(core_, sent.value());
}

Result<Answer> Relay::ask(std::string_view name, const Value& payload, const SendOptions& options) {
  // Shared with the callback, which outlives this function when poll() ends it early.
  const auto outcome = std::make_shared<std::optional<Result<Answer>>>();
  const auto take = [outcome](Result<Answer> answer) { outcome->emplace(std::move(answer)); };
  if (auto asked = request(name, payload, {.send = options}, take); !asked.ok()) return asked.error();
  while (!outcome->has_value()) {
    if (auto polled = core_->poll(kLongWait, -1); !polled.ok()) return polled.error();
    if (closed() && !outcome->has_value()) return Error{"closed", "the relay was closed"};
  }
  return std::move(**outcome);
}

}  // namespace exo

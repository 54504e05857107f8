#include "bus/relays/cpp/reply.h"

#include <exception>
#include <utility>

#include "base/check.h"
#include "bus/relays/cpp/answering.h"

namespace exo {

Reply::Reply(std::shared_ptr<relaying::PendingAnswer> pending)
    : pending_(std::move(pending)), exceptions_(std::uncaught_exceptions()) {}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    Reply before(std::move(*this));
    pending_ = std::move(other.pending_);
    exceptions_ = other.exceptions_;
  }
  return *this;
}

// A handle that dies because its handler throws says nothing: the relay, which catches, knows the reason.
Reply::~Reply() {
  const bool throwing = std::uncaught_exceptions() > exceptions_;
  if (pending_ != nullptr && pending_->owner != nullptr && !throwing) pending_->owner->released(pending_);
}

bool Reply::expected() const {
  return pending_ != nullptr && pending_->expects != Expects::kNone;
}

bool Reply::cancelled() const {
  return pending_ != nullptr && pending_->cancelled;
}

void Reply::on_cancelled(std::function<void()> callback) {
  if (pending_ == nullptr || pending_->completed || pending_->answered) return;
  if (pending_->cancelled) return callback();
  pending_->on_cancelled = std::move(callback);
}

void Reply::send(std::string_view name, const Value& payload) {
  if (pending_ == nullptr || pending_->owner == nullptr) return;
  const auto given = pending_->owner->reply(pending_, name, payload, false);
  EXO_CHECK(given.ok());
}

Result<void> Reply::send_more(std::string_view name, const Value& payload) {
  if (pending_ == nullptr || pending_->owner == nullptr) return {};
  return pending_->owner->reply(pending_, name, payload, true);
}

void Reply::stream(std::string_view name, PageSource source) {
  if (pending_ != nullptr && pending_->owner != nullptr) {
    pending_->owner->stream(pending_, name, std::move(source));
  }
}

void Reply::error(std::string_view reason) {
  if (pending_ != nullptr && pending_->owner != nullptr) {
    pending_->owner->fail(pending_, "handler-failed", reason);
  }
}

void Reply::complete() {
  if (pending_ != nullptr && pending_->owner != nullptr) pending_->owner->complete(pending_);
}

}  // namespace exo

#include "bus/backlogs.h"

#include <utility>

namespace exo::routing {
namespace {

constexpr std::size_t kRecordCost = 128;

}  // namespace

std::size_t Backlogs::cost_of(const Delivery& delivery) {
  return delivery.header.size() + delivery.payload.size() + kRecordCost;
}

Backlogs::Peer Backlogs::send(Delivery& delivery) {
  const ConnectionId to = delivery.to;
  const auto kept = backlogs_.find(to);
  if (kept == backlogs_.end()) {
    switch (socket_.send(to, delivery.header, delivery.payload)) {
      case Sent::kDone:
        return Peer::kReachable;
      case Sent::kUnreachable:
        return Peer::kUnreachable;
      case Sent::kWouldBlock:
        break;
    }
  }
  const Peer peer = keep(backlogs_[to], delivery);
  if (peer != Peer::kReachable) backlogs_.erase(to);
  return peer;
}

Backlogs::Peer Backlogs::keep(Backlog& backlog, Delivery& delivery) {
  backlog.bytes += cost_of(delivery);
  if (backlog.bytes > limit_bytes_) return Peer::kNotReading;
  backlog.deliveries.push_back({delivery.to, delivery.header, std::move(delivery.payload)});
  return Peer::kReachable;
}

std::string Backlogs::not_reading() const {
  return "it did not read what was sent to it, of which more than " + std::to_string(limit_bytes_) +
         " bytes waited; no more are kept for a peer";
}

Sent Backlogs::send_kept(Backlog& backlog, std::size_t& count) {
  while (!backlog.deliveries.empty()) {
    Delivery& delivery = backlog.deliveries.front();
    const std::size_t cost = cost_of(delivery);
    const Sent sent = socket_.send(delivery.to, delivery.header, delivery.payload);
    if (sent != Sent::kDone) return sent;
    ++count;
    backlog.bytes -= cost;
    backlog.deliveries.pop_front();
  }
  return Sent::kDone;
}

Backlogs::Retried Backlogs::retry() {
  Retried retried;
  for (auto entry = backlogs_.begin(); entry != backlogs_.end();) {
    const Sent sent = send_kept(entry->second, retried.sent);
    if (sent == Sent::kUnreachable) retried.unreachable.push_back(entry->first);
    entry = sent == Sent::kWouldBlock ? std::next(entry) : backlogs_.erase(entry);
  }
  return retried;
}

}  // namespace exo::routing

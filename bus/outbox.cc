#include "bus/outbox.h"

#include <utility>

namespace exo::routing {

void Outbox::send(ConnectionId to, const HeaderView& header, Payload&& payload) {
  if (used_ == deliveries_.size()) deliveries_.emplace_back();
  Delivery& delivery = deliveries_[used_++];
  delivery.to = to;
  encode_header(header, delivery.header);
  delivery.payload = std::move(payload);
}

void Outbox::clear_deliveries() {
  // What was sent has left nothing behind.
  for (std::size_t i = 0; i < used_; ++i) {
    if (deliveries_[i].payload.size() > 0) deliveries_[i].payload = Payload();
  }
  used_ = 0;
}

}  // namespace exo::routing

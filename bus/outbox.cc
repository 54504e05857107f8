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

Outbox::Run* Outbox::run_of(ConnectionId connection) {
  const auto found = runs_.find(connection);
  return found == runs_.end() ? nullptr : &found->second;
}

void Outbox::pack(std::size_t first) {
  if (used_ - first < 2 || runs_.empty()) return;
  Run* run = nullptr;
  for (std::size_t i = first; i < used_; ++i) {
    if (i == first || deliveries_[i].to != deliveries_[i - 1].to) run = run_of(deliveries_[i].to);
    if (run) join(*run, i);
  }
  for (Run* last : open_) close(*last);
  open_.clear();
}

void Outbox::join(Run& run, std::size_t index) {
  const Delivery& delivery = deliveries_[index];
  if (delivery.payload.size() > kPackedPayloadBytes) return close(run);
  const std::size_t bytes = PackWriter::size_of(delivery.header.size(), delivery.payload.size());
  const bool full = run.deliveries.size() == kPackMessages || run.bytes + bytes > kPackBytes;
  if (full) close(run);
  if (run.deliveries.empty()) open_.push_back(&run);
  run.deliveries.push_back(index);
  run.bytes += bytes;
}

void Outbox::close(Run& run) {
  if (run.deliveries.size() > 1) {
    writer_.clear();
    for (const std::size_t index : run.deliveries) {
      Delivery& delivery = deliveries_[index];
      writer_.add(delivery.header, delivery.payload.text());
      if (index == run.deliveries.front()) continue;
      delivery.to = kNoConnection;
      delivery.payload = Payload();
    }
    Delivery& pack = deliveries_[run.deliveries.front()];
    pack.header = pack_header();
    pack.payload = Payload(writer_.bytes());
  }
  run.deliveries.clear();
  run.bytes = 0;
}

void Outbox::clear_deliveries() {
  // What was sent has left nothing behind.
  for (std::size_t i = 0; i < used_; ++i) {
    if (deliveries_[i].payload.size() > 0) deliveries_[i].payload = Payload();
  }
  used_ = 0;
}

}  // namespace exo::routing

#include "tests/bus/raw_peer.h"

#include <zmq.h>

#include <array>
#include <cerrno>
#include <span>

#include "base/check.h"

namespace exo {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};

std::string receive_frame(void* socket) {
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  EXO_CHECK(zmq_msg_recv(&frame, socket, 0) >= 0);
  std::string bytes(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
  zmq_msg_close(&frame);
  return bytes;
}

void set_curve(void* socket, const CurveIdentity& curve) {
  const auto set = [&](int option, const std::string& key) {
    EXO_CHECK(zmq_setsockopt(socket, option, key.data(), key.size()) == 0);
  };
  set(ZMQ_CURVE_SERVERKEY, curve.server_key);
  set(ZMQ_CURVE_PUBLICKEY, curve.own.public_key);
  set(ZMQ_CURVE_SECRETKEY, curve.own.secret_key);
}

}  // namespace

RawPeer::RawPeer(const std::string& endpoint, const Options& options)
    : context_(zmq_ctx_new()), socket_(zmq_socket(context_, ZMQ_DEALER)) {
  const int linger = 0;
  zmq_setsockopt(socket_, ZMQ_LINGER, &linger, sizeof linger);
  zmq_setsockopt(socket_, ZMQ_RCVHWM, &options.receive_high_water, sizeof options.receive_high_water);
  if (!options.routing_id.empty()) {
    zmq_setsockopt(socket_, ZMQ_ROUTING_ID, options.routing_id.data(), options.routing_id.size());
  }
  if (!options.curve.empty()) set_curve(socket_, options.curve);
  EXO_CHECK(zmq_connect(socket_, endpoint.c_str()) == 0);
}

RawPeer::~RawPeer() {
  zmq_close(socket_);
  zmq_ctx_term(context_);
}

void RawPeer::send(const HeaderView& header, std::string_view payload) {
  std::string bytes;
  encode_header(header, bytes);
  EXO_CHECK(zmq_send(socket_, bytes.data(), bytes.size(), ZMQ_SNDMORE) >= 0);
  EXO_CHECK(zmq_send(socket_, payload.data(), payload.size(), 0) >= 0);
}

void RawPeer::send_frames(const std::vector<std::string>& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const int more = i + 1 < frames.size() ? ZMQ_SNDMORE : 0;
    EXO_CHECK(zmq_send(socket_, frames[i].data(), frames[i].size(), more) >= 0);
  }
}

std::optional<RawMessage> RawPeer::receive_within(std::chrono::milliseconds time) {
  std::array<zmq_pollitem_t, 1> items{{{socket_, 0, ZMQ_POLLIN, 0}}};
  if (zmq_poll(items.data(), 1, time.count()) <= 0) return std::nullopt;
  std::optional<RawMessage> message(std::in_place);
  message->header_bytes = receive_frame(socket_);
  message->payload = receive_frame(socket_);
  // The short text of a string moves with it, so the header is read again where the message is kept.
  return message;
}

RawMessage RawPeer::receive() {
  auto message = receive_within(kPatience);
  EXO_CHECK(message.has_value());
  RawMessage kept = std::move(*message);
  EXO_CHECK(decode_header(std::as_bytes(std::span(kept.header_bytes)), kept.header).ok());
  return kept;
}

RawMessage RawPeer::receive(Kind kind) {
  while (true) {
    RawMessage message = receive();
    if (message.header.kind == kind) return message;
  }
}

void RawPeer::register_as(const std::string& role, const std::string& version, const std::string& instance,
                          std::uint32_t window) {
  HeaderView header;
  header.kind = Kind::kRegister;
  const Payload payload = encode_registration({.protocols = {1},
                                               .role = role,
                                               .version = version,
                                               .instance = instance,
                                               .token = "secret",
                                               .window = window,
                                               .relay = "raw"});
  send(header, payload.text());
}

}  // namespace exo

#include "tests/relay/fake_broker.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/clock.h"
#include "bus/wire/payload.h"

namespace exo {

namespace {

using std::chrono::milliseconds;

std::string make_folder_for_socket() {
  std::string pattern = "/tmp/exo-relay-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  return pattern;
}

std::string frame_text(void* socket, int flags) {
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  std::string text;
  if (zmq_msg_recv(&frame, socket, flags) >= 0) {
    text.assign(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
  }
  zmq_msg_close(&frame);
  return text;
}

}  // namespace

Value Heard::value() const {
  auto value = Value::decode(payload);
  EXPECT_TRUE(value.ok());
  return value.ok() ? std::move(value).value() : Value();
}

std::string encoded(const Value& value) {
  std::string bytes;
  value.encode(bytes);
  return bytes;
}

std::vector<std::uint64_t> sequences_in(const Heard& handled) {
  std::vector<std::uint64_t> sequences;
  EXPECT_TRUE(decode_sequences(handled.payload, sequences).ok());
  return sequences;
}

FakeBroker::FakeBroker()
    : folder_(make_folder_for_socket()), endpoint_("ipc://" + folder_ + "/bus"), context_(zmq_ctx_new()) {
  start();
}

FakeBroker::~FakeBroker() {
  stop();
  zmq_ctx_term(context_);
  std::filesystem::remove_all(folder_);
}

void FakeBroker::start() {
  router_ = zmq_socket(context_, ZMQ_ROUTER);
  const int linger = 0;
  const int unlimited = 0;
  zmq_setsockopt(router_, ZMQ_LINGER, &linger, sizeof(linger));
  zmq_setsockopt(router_, ZMQ_SNDHWM, &unlimited, sizeof(unlimited));
  zmq_setsockopt(router_, ZMQ_RCVHWM, &unlimited, sizeof(unlimited));
  // A closed socket lets go of its path a moment later.
  const auto until = monotonic_now() + RelayFixture::kPatience;
  while (zmq_bind(router_, endpoint_.c_str()) != 0) {
    if (monotonic_now() > until) throw std::runtime_error("zmq_bind failed");
    ::usleep(1000);
  }
}

void FakeBroker::stop() {
  if (router_ != nullptr) zmq_close(router_);
  router_ = nullptr;
}

std::optional<Heard> FakeBroker::receive() {
  Heard heard;
  heard.peer = frame_text(router_, ZMQ_DONTWAIT);
  if (heard.peer.empty()) return std::nullopt;
  heard.header_bytes = frame_text(router_, 0);
  heard.payload = frame_text(router_, 0);
  return heard;
}

void FakeBroker::wait(milliseconds timeout) {
  zmq_pollitem_t item = {router_, 0, ZMQ_POLLIN, 0};
  zmq_poll(&item, 1, timeout.count());
}

void FakeBroker::send(const std::string& peer, const HeaderView& header, std::string_view payload) {
  std::string bytes;
  encode_header(header, bytes);
  send_frames(peer, {bytes, std::string(payload)});
}

void FakeBroker::send_frames(const std::string& peer, const std::vector<std::string>& frames) {
  zmq_send(router_, peer.data(), peer.size(), ZMQ_SNDMORE);
  for (std::size_t index = 0; index < frames.size(); ++index) {
    const int flags = index + 1 < frames.size() ? ZMQ_SNDMORE : 0;
    zmq_send(router_, frames[index].data(), frames[index].size(), flags);
  }
}

RelayFixture::RelayFixture() {
  options.endpoint = broker.endpoint();
  options.role = "todo";
  options.version = "0.0.1";
  options.instance = "todo-1";
  options.token = "f00d";
}

Relay& RelayFixture::relay() {
  if (!relay_) relay_.emplace(options);
  return *relay_;
}

void RelayFixture::turn() {
  const auto polled = relay().poll(milliseconds(1));
  (void)polled;  // a refusal is what some tests wait for; they ask for it themselves
  while (auto heard = broker.receive()) {
    kept_.push_back(std::move(*heard));
    Heard& last = kept_.back();
    const auto read = decode_header(std::as_bytes(std::span(last.header_bytes)), last.header);
    EXPECT_TRUE(read.ok());
    if (last.header.kind == Kind::kPing) kept_.pop_back();
  }
}

bool RelayFixture::wait_until(const std::function<bool()>& condition) {
  const auto until = monotonic_now() + kPatience;
  while (!condition()) {
    if (monotonic_now() > until) return false;
    turn();
  }
  return true;
}

Heard RelayFixture::hear(Kind kind) {
  Heard heard;
  const auto take = [&] {
    for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
      if (kept->header.kind != kind) continue;
      heard = std::move(*kept);
      kept_.erase(kept);
      return true;
    }
    return false;
  };
  if (!wait_until(take))
    throw std::runtime_error("the relay never sent `" + std::string(to_string(kind)) + "`");
  // Moving a short string moves its bytes.
  EXPECT_TRUE(decode_header(std::as_bytes(std::span(heard.header_bytes)), heard.header).ok());
  return heard;
}

// A ping-pong with the relay would tell nothing, so the broker sends a command that has no handler and waits
// for its failure: everything that the relay had to say has come before.
std::vector<Kind> RelayFixture::heard_by_now() {
  constexpr std::uint64_t kProbe = 1'000'000'000;
  deliver("no such handler", kProbe);
  const auto is_probe = [](const Heard& heard) {
    return heard.header.kind == Kind::kFailed && heard.header.sequence == kProbe;
  };
  EXPECT_TRUE(wait_until([&] { return !kept_.empty() && is_probe(kept_.back()); }));
  kept_.pop_back();
  std::vector<Kind> kinds;
  for (const auto& heard : kept_) kinds.push_back(heard.header.kind);
  return kinds;
}

void RelayFixture::answer_registration(const Heard& heard) {
  peer = heard.peer;
  HeaderView header;
  header.kind = Kind::kRegistered;
  const Registered registered{.protocol = 1,
                              .role = options.role,
                              .version = options.version,
                              .instance = options.instance,
                              .connection = 1,
                              .environment = "local",
                              .heartbeat_ms = heartbeat_ms,
                              .frame_limit_bytes = kPayloadLimitBytes,
                              .locks = knows_locks};
  broker.send(peer, header, encode_registered(registered).text());
}

void RelayFixture::connect(const std::vector<std::string>& sends, std::uint64_t credit) {
  if (!relay().registered()) {
    const auto connected = relay().connect(milliseconds(0));
    EXPECT_FALSE(connected.ok());
  }
  answer_registration(hear(Kind::kRegister));
  std::vector<std::pair<std::string, std::vector<std::string>>> names;
  std::vector<std::pair<std::string, std::uint64_t>> grants;
  for (const auto& name : sends) {
    names.emplace_back(name, std::vector<std::string>{name});
    grants.emplace_back(name, credit);
  }
  route(names);
  grant(0, grants);
  EXPECT_TRUE(wait_until([this] { return relay().registered(); }));
}

void RelayFixture::route(const std::vector<std::pair<std::string, std::vector<std::string>>>& names,
                         const std::vector<std::string>& acknowledged) {
  HeaderView header;
  header.kind = Kind::kRoutes;
  send(header, encode_routes({.names = names, .acknowledged = acknowledged}).text());
}

void RelayFixture::grant(std::uint64_t accepted,
                         const std::vector<std::pair<std::string, std::uint64_t>>& grants) {
  HeaderView header;
  header.kind = Kind::kCredit;
  send(header,
       encode_credit({.accepted = accepted, .grants = grants, .settled = {}, .tells_settled = false}).text());
}

void RelayFixture::settle(std::uint64_t accepted, const std::vector<OrdinalRange>& settled) {
  HeaderView header;
  header.kind = Kind::kCredit;
  send(header, encode_credit({.accepted = accepted, .grants = {}, .settled = settled}).text());
}

void RelayFixture::lose_the_bus() {
  HeaderView refused;
  refused.kind = Kind::kRefused;
  refused.code = "not-registered";
  send(refused);
}

void RelayFixture::deliver_acknowledged(std::string_view name, std::uint64_t sequence, std::string_view id,
                                        Expects expects) {
  HeaderView header;
  header.kind = Kind::kCommand;
  header.name = name;
  header.id = id;
  header.activity_id = "activity-1";
  header.sender = "web";
  header.expects = expects;
  header.sequence = sequence;
  header.acknowledged = true;
  send(header);
}

void RelayFixture::cancel(std::string_view id) {
  HeaderView header;
  header.kind = Kind::kCancel;
  header.response_to = id;
  send(header);
}

void RelayFixture::deliver(std::string_view name, std::uint64_t sequence, const Value& payload,
                           Expects expects, std::string_view sender) {
  const std::string id = "c-" + std::to_string(sequence);
  HeaderView header;
  header.kind = Kind::kCommand;
  header.name = name;
  header.id = id;
  header.activity_id = "activity-1";
  header.sender = sender;
  header.expects = expects;
  header.sequence = sequence;
  send(header, encoded(payload));
}

void RelayFixture::reply(const Heard& command, std::string_view name, const Value& payload) {
  reply_page(command, name, payload, 0, false);
}

void RelayFixture::reply_page(const Heard& command, std::string_view name, const Value& payload,
                              std::uint64_t page, bool more) {
  HeaderView header;
  header.kind = Kind::kReply;
  header.name = name;
  header.id = "reply-1";
  header.response_to = command.header.id;
  header.sender = "todo";
  header.sender_version = "0.0.1";
  header.page = page;
  header.more = more;
  send(header, encoded(payload));
}

void RelayFixture::error(const Heard& command, std::string_view code, std::string_view reason) {
  HeaderView header;
  header.kind = Kind::kError;
  header.response_to = command.header.id;
  header.name = command.header.name;
  header.code = code;
  header.reason = reason;
  send(header);
}

void RelayFixture::send(const HeaderView& header, std::string_view payload) {
  broker.send(peer, header, payload);
}

}  // namespace exo

// What comes in from the bus.
#include <exception>
#include <string>

#include "bus/relays/cpp/activity_scope.h"
#include "bus/relays/cpp/relay_core.h"
#include "bus/relays/cpp/value_json.h"
#include "bus/wire/control.h"

namespace exo::relaying {

namespace {

// When a connection that the broker still believes in keeps us out, it is about to find out.
constexpr std::chrono::milliseconds kRegisterAgain{1000};

// Of a window full of commands at once, the bus hears so often how far we are, and sends on meanwhile.
constexpr std::uint32_t kTellsPerWindow = 4;

Result<Value> decode_payload(ContentType type, std::string_view payload) {
  switch (type) {
    case ContentType::kMsgpack:
      return Value::decode(payload);
    case ContentType::kJson:
      return value_from_json(payload);
    case ContentType::kRaw:
      return Value(Value::Binary{std::string(payload)});
  }
  return Value();
}

}  // namespace

void RelayCore::take_message(const Payload& header_frame, const Payload& payload) {
  HeaderView header;
  if (!read(header_frame.bytes(), header)) return;
  if (header.kind == Kind::kPack) return unpack(payload.text());
  dispatch(header, payload.text());
}

// False, and reported, where it is no header.
bool RelayCore::read(std::span<const std::byte> bytes, HeaderView& header) {
  auto valid = decode_header(bytes, header);
  if (valid.ok()) valid = check_required(header);
  if (!valid.ok()) report_error(valid.error());
  return valid.ok();
}

// What ends the connection ends the pack with it.
void RelayCore::unpack(std::string_view pack) {
  PackReader reader(std::as_bytes(std::span(pack)));
  const std::uint64_t connection = connections_;
  while (connection_.is_open() && connection == connections_) {
    const auto message = reader.next();
    if (!message.ok()) return report_error(message.error());
    if (!message.value()) return;
    HeaderView header;
    if (!read(message.value()->header, header)) continue;
    dispatch(header, message.value()->payload);
    if (handled_since_drain_ >= drain_every_) drained();
    if (answering_.handled() >= options_.window / kTellsPerWindow) flush_handled();
  }
}

void RelayCore::dispatch(const HeaderView& header, std::string_view payload) {
  switch (header.kind) {
    case Kind::kRegistered:
      return take_registered(payload);
    case Kind::kRefused:
      return take_refused(header);
    case Kind::kRoutes: {
      const auto routes = decode_routes(payload);
      return routes.ok() ? outbox_.set_routes(routes.value()) : report_error(routes.error());
    }
    case Kind::kCredit:
      return take_credit(payload);
    case Kind::kCommand:
      return take_command(header, payload);
    case Kind::kReply:
      if (const auto number = number_of(header.response_to)) {
        asking_.replied(*number, header, decode_payload(header.content_type, payload));
      }
      return;
    case Kind::kError:
      return take_error(header);
    case Kind::kDelivered:
      return take_delivered(payload);
    case Kind::kWindow:
      return answering_.set_window(header.response_to, header.pages);
    case Kind::kCancel:
      return answering_.cancel(header.response_to);
    case Kind::kDraining:
      drain_confirmed_ = true;
      return;
    case Kind::kGoodbye:
      if (state_ == State::kLeaving) {
        finish(Error{"closed", "the relay was closed before this was answered"},
               std::chrono::milliseconds(0));
      } else {
        bus_lost("the bus has said goodbye");
      }
      return;
    case Kind::kPong:
      return;  // hearing it was its use
    case Kind::kRegister:
    case Kind::kHandled:
    case Kind::kFailed:
    case Kind::kPing:
    case Kind::kDrain:
    case Kind::kPack:  // not within another
      report_error(Error{"malformed", "the bus has sent `" + std::string(to_string(header.kind)) +
                                          "` where it does not belong"});
      return;
  }
}

void RelayCore::take_registered(std::string_view payload) {
  const auto registered = decode_registered(payload);
  if (!registered.ok()) return report_error(registered.error());
  if (state_ != State::kRegistering) return;
  if (registered.value().heartbeat_ms > 0)
    heartbeat_ = std::chrono::milliseconds(registered.value().heartbeat_ms);
  if (registered.value().frame_limit_bytes > 0) frame_limit_ = registered.value().frame_limit_bytes;
  was_registered_ = true;
  bus_reads_packs_ = registered.value().packs;
  state_ = State::kRegistered;
  if (!registered.value().locks) {
    const Error loss{"lock-lost", "this exo is too old to keep it for this program"};
    tell_lost(locks_.lose_all(loss), loss);
  }
}

void RelayCore::take_refused(const HeaderView& header) {
  if (header.code == "not-registered") return bus_lost("the bus does not know this relay any more");
  if (was_registered_ && header.code == "already-connected") {
    register_again_at_ = now_ + kRegisterAgain;
    return;
  }
  refusal_ =
      Error{std::string(header.code), "the bus at " + options_.endpoint + " refuses " + options_.role + " (" +
                                          options_.instance + "): " + std::string(header.reason)};
  finish(*refusal_, std::chrono::milliseconds(0));
}

void RelayCore::take_credit(std::string_view payload) {
  const auto credit = decode_credit(payload);
  if (!credit.ok()) return report_error(credit.error());
  outbox_.set_grants(credit.value().grants);
  outbox_.accepted(credit.value().accepted, [this](std::uint64_t number) { asking_.accepted(number); });
  if (credit.value().tells_settled) {
    outbox_.settled(credit.value().settled);
  } else {
    outbox_.settled_untold();
  }
}

void RelayCore::take_command(const HeaderView& header, std::string_view payload) {
  ++handled_since_drain_;
  if (answering_.delivered_again(header)) return;
  const Answering::Pending pending = answering_.begin(header);
  const auto handler = handlers_.find(std::string(header.name));
  if (handler == handlers_.end()) {
    return answering_.fail(pending, "no-handler",
                           options_.role + " has no handler for `" + pending->name + "`");
  }
  auto value = decode_payload(header.content_type, payload);
  if (!value.ok()) return answering_.fail(pending, "malformed", value.error().message);
  if (script_ != nullptr) script_->delivered(header.name, pending);
  const Command command{.name = header.name,
                        .id = header.id,
                        .activity_id = header.activity_id,
                        .sender = header.sender,
                        .sender_version = header.sender_version,
                        .timestamp_ns = header.timestamp_ns,
                        .timeout_ms = header.timeout_ms,
                        .expects = header.expects,
                        .redelivered = header.redelivered,
                        .payload = std::move(value).value()};
  const ActivityScope scope(place_, {pending->activity_id, pending->id});
  try {
    handler->second(command, Answering::handle_for(pending));
  } catch (const std::exception& failure) {
    answering_.fail(pending, "handler-failed", failure.what());
  } catch (...) {
    answering_.fail(pending, "handler-failed", "an exception that is no std::exception");
  }
}

void RelayCore::take_delivered(std::string_view payload) {
  const auto ids = decode_ids(payload);
  if (!ids.ok()) return report_error(ids.error());
  for (const auto& id : ids.value()) {
    if (const auto number = number_of(id)) asking_.delivered(*number);
  }
}

void RelayCore::take_error(const HeaderView& header) {
  const Error error{std::string(header.code), std::string(header.reason)};
  if (header.code == "lock-lost") return tell_lost(locks_.lose(header.response_to, error), error);
  if (answering_.asker_gone(header.response_to)) return;
  const auto number = number_of(header.response_to);
  // Not of ours: each page that was on its way when its asker had gone comes back, and the first has ended
  // the stream.
  if (!number && header.code == "receiver-lost") return;
  // What was on its way when its asker gave it up is no news to anybody.
  const bool taken = number && (asking_.failed(*number, error) || outbox_.has_given_up(*number));
  if (!taken) return report_error(header.name, header.response_to, error);
  if (script_ != nullptr) script_->error_was_handled();
}

void RelayCore::tell_lost(const std::vector<HeldLocks::Lost>& lost, const Error& loss) {
  for (const HeldLocks::Lost& each : lost) {
    ++progress_;
    if (each.on_lost) {
      each.on_lost(loss);
    } else {
      report_error("exo.lock", each.lock.id, loss);
    }
  }
}

// An error that no callback took. It ends the attempt of a script, which cannot know what it missed.
void RelayCore::report_failed(const OutgoingCommand& command, const Error& error) {
  report_error(command.name, id_of(command.number), error);
}

void RelayCore::report_error(std::string_view name, std::string_view id, const Error& error) {
  on_unhandled_error_(name, id, error);
  if (script_ == nullptr) return;
  std::string reason;
  if (!name.empty()) reason.append("`").append(name).append("`: ");
  fail_attempt(reason + error.message + " (" + error.code + ")");
}

}  // namespace exo::relaying

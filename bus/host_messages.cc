#include "bus/host_messages.h"

#include <utility>

#include "bus/replies.h"

namespace exo::routing {
namespace {

MessageToExo message_to_exo(const Instance& sender, const HeaderView& header, Payload&& payload) {
  MessageToExo message;
  message.instance = sender.name;
  message.role = *sender.role;
  message.peer = sender.kind;
  message.kind = header.kind;
  message.name = header.name;
  message.id = header.id;
  message.activity_id = header.activity_id.empty() ? header.id : header.activity_id;
  message.expects = header.expects;
  message.content_type = header.content_type;
  message.payload = std::move(payload);
  message.handled_errors = header.handled_errors;
  return message;
}

}  // namespace

void HostMessages::send(ExoMessage message) {
  if (message.kind == Kind::kCommand) return send_command(std::move(message));
  const Instance* instance = fleet_.find_instance(message.instance);
  if (!instance || !instance->connected()) {
    notices_.add(
        NoticeKind::kDroppedReply,
        "bus: dropped the answer \"" + message.name + "\" to " + message.instance + ", which has gone",
        now_.monotonic);
    return;
  }
  if (message.id.empty()) message.id = "exo-reply-" + std::to_string(++last_exo_id_);
  HeaderView header;
  header.kind = message.kind;
  header.name = message.name;
  header.id = message.kind == Kind::kReply ? std::string_view(message.id) : std::string_view();
  header.response_to = message.response_to;
  header.activity_id = message.activity_id;
  header.sender = exo_role_;
  header.timestamp_ns = now_.unix_time.nanoseconds;
  header.content_type = message.content_type;
  header.more = message.more;
  header.page = message.page;
  header.code = message.code;
  header.reason = message.reason;
  outbox_.send(instance->connection, header, std::move(message.payload));
}

void HostMessages::send_command(ExoMessage message) {
  Instance* instance = fleet_.find_instance(message.instance);
  if (!instance || !instance->connected() || commands_.find(message.id)) {
    MessageToExo failure;
    failure.instance = message.instance;
    failure.kind = Kind::kError;
    failure.response_to = message.id;
    failure.activity_id = message.activity_id;
    failure.code = "receiver-lost";
    failure.reason = message.instance + " is not connected";
    outbox_.report(std::move(failure));
    return;
  }
  Command& command = commands_.add(message.id);
  command.arrival = commands_.next_arrival();
  command.set_activity(message.activity_id.empty() ? message.id : message.activity_id);
  watch_.taken(command, {});
  command.sender_role = &exo_role_;
  command.sender_version = &no_version_;
  command.content_type = message.content_type;
  command.expects = message.expects;
  command.reply_open = message.expects != Expects::kNone;
  command.payload_bytes = message.payload.size();
  command.payload = std::move(message.payload);
  dispatcher_.deliver_from_exo(command, message.name, *instance);
}

// Its script may have no process any more: it has said that it is done.
void HostMessages::replay(ReplayedCommand replayed) {
  const RoutingTable& table = fleet_.table();
  const RoutingTable::Version* version = table.find_version(replayed.role, replayed.version);
  const RoutingTable::Name* name = table.find_name(replayed.name);
  const RoutingTable::ReceivingRole* role = nullptr;
  for (std::size_t i = 0; version && name && i < name->roles.size(); ++i) {
    if (name->roles[i].role == version->role) role = &name->roles[i];
  }
  if (!role || commands_.find(replayed.id)) {
    outbox_.report(ReplaySettled{
        .id = replayed.id,
        .code = "no-receiver",
        .reason = replayed.role + "@" + replayed.version + " does not receive \"" + replayed.name + "\""});
    return;
  }
  Command& command = commands_.add(replayed.id);
  command.arrival = commands_.next_arrival();
  command.set_activity(replayed.activity_id);
  command.name = fleet_.public_name(*name);
  command.brings_in = &fleet_.version(*version);
  command.sender_role =
      command.brings_in->script ? fleet_.text(command.brings_in->script->sender) : &exo_role_;
  command.sender_version = command.brings_in->text;
  command.content_type = replayed.content_type;
  command.acknowledged = true;
  command.replayed = true;
  command.payload_bytes = replayed.payload.size();
  command.payload = std::move(replayed.payload);
  watch_.taken(command, {});
  dispatcher_.dispatch_to(command, *role);
}

void HostMessages::pass_to_host(Instance& sender, const HeaderView& header, Payload&& payload) {
  flow_.settled_at_once(sender);
  if (sender.kind == PeerKind::kOperator && watch_.answer(sender, header, payload)) return;
  const bool barrier = sender.scope && is_barrier(header.name);
  const bool news_only =
      sender.kind == PeerKind::kOperator || header.name.find("-progress") != std::string_view::npos;
  if (host_state_ == HostState::kCongested && news_only && !barrier) {
    outcomes_.refuse(sender, header, nullptr, "overloaded", "exo does not keep up; try again");
    return;
  }
  const auto room = barrier ? sender.scope->room_for(payload.size()) : Result<void>();
  if (!room) return outcomes_.refuse(sender, header, nullptr, room.error().code, room.error().message);
  watch_.passed_to_exo(sender, header, payload);
  MessageToExo message = message_to_exo(sender, header, std::move(payload));
  if (barrier) {
    sender.scope->pass_when_settled(std::move(message), commands_.next_arrival());
  } else {
    outbox_.report(std::move(message));
  }
}

}  // namespace exo::routing

#include "tests/bus/world.h"

#include <algorithm>
#include <span>
#include <utility>

namespace exo::routing {
namespace {

std::pair<std::string, std::string> split_at(std::string_view role_and_version) {
  const auto at = role_and_version.find('@');
  EXO_CHECK(at != std::string_view::npos);
  return {std::string(role_and_version.substr(0, at)), std::string(role_and_version.substr(at + 1))};
}

std::string with(std::string_view label, std::string_view value) {
  return value.empty() ? std::string() : " " + std::string(label) + std::string(value);
}

std::string number(std::string_view label, std::uint64_t value) {
  return value == 0 ? std::string() : " " + std::string(label) + std::to_string(value);
}

std::string whose(const HeaderView& header) {
  if (header.sender.empty()) return {};
  const std::string version = header.sender_version.empty() ? "" : "@" + std::string(header.sender_version);
  return " from " + std::string(header.sender) + version;
}

std::string render_routes(std::string_view payload) {
  std::string line = "routes";
  const Routes routes = decode_routes(payload).value();
  for (const auto& [name, roles] : routes.names) {
    line += " " + name + ":";
    for (std::size_t i = 0; i < roles.size(); ++i) line += (i == 0 ? "" : ",") + roles[i];
  }
  return line;
}

std::string render_credit(std::string_view payload) {
  const Credit credit = decode_credit(payload).value();
  std::string line = "credit accepted " + std::to_string(credit.accepted);
  for (const auto& [role, granted] : credit.grants) line += " " + role + ":" + std::to_string(granted);
  for (const auto& [first, last] : credit.settled) {
    line += " settled " + std::to_string(first) + "-" + std::to_string(last);
  }
  return line;
}

std::string render_delivered(std::string_view payload) {
  std::string line = "delivered";
  const std::vector<std::string> ids = decode_ids(payload).value();
  for (const std::string& id : ids) line += " " + id;
  return line;
}

std::string render_command(const HeaderView& header, const Payload& payload) {
  std::string line = "command " + std::string(header.name) + " " + std::string(header.id) + whose(header) +
                     " #" + std::to_string(header.sequence);
  if (header.redelivered) line += " redelivered";
  if (header.acknowledged && header.sender.substr(0, 11) != "deployment-") line += " acknowledged";
  return line + with("payload ", payload.text());
}

std::string render_reply(const HeaderView& header, const Payload& payload) {
  std::string line =
      "reply " + std::string(header.name) + " to " + std::string(header.response_to) + whose(header);
  if (header.more) line += " more";
  return line + number("page ", header.page) + with("payload ", payload.text());
}

}  // namespace

World::World(Router::Options options) : router(std::move(options)) {
  now_ = {MonotonicTime(std::chrono::hours(1)), UnixTime{1'000'000'000}};
}

VersionRoutes& World::version(std::string_view role_and_version) {
  const auto [role, text] = split_at(role_and_version);
  for (VersionRoutes& version : plan.versions) {
    if (version.role == role && version.version == text) return version;
  }
  plan.versions.push_back({.role = role, .version = text, .gate = Gate::kOpen, .share = 1});
  return plan.versions.back();
}

ScriptRoutes& World::script(std::string_view role_and_version) {
  const auto [role, text] = split_at(role_and_version);
  const std::string sender = "deployment-" + role + "-" + text;
  for (ScriptRoutes& script : plan.scripts) {
    if (script.sender == sender) return script;
  }
  plan.scripts.push_back(
      {.sender = sender, .role = role, .version = text, .activity_id = "rollout", .sends = {}});
  return plan.scripts.back();
}

void World::publish() {
  ++plan.position;
  router.set_table(RoutingTable::compile(plan), now_);
  render_outbox();
}

std::string World::make_peer(std::string_view role, std::string_view version, PeerKind kind,
                             std::optional<std::uint64_t> allowance) {
  const std::string prefix = kind == PeerKind::kOperator ? "operator" : std::string(role);
  const std::string name = prefix + "-" + std::to_string(++counts_[prefix]);
  peers_[name].registration = {
      .protocols = {1},
      .role = std::string(role),
      .version = std::string(version),
      .instance = name,
      .token = "secret of " + std::string(kind == PeerKind::kOperator ? "operators" : name),
      .relay = "test"};
  router.admit({.instance = name,
                .role = std::string(role),
                .version = std::string(version),
                .token = peers_[name].registration.token,
                .kind = kind,
                .allowance = allowance},
               now_);
  return name;
}

std::string World::admit(std::string_view role_and_version) {
  const auto [role, version] = split_at(role_and_version);
  return make_peer(role, version, PeerKind::kInstance);
}

std::string World::join(std::string_view role_and_version, std::uint32_t window) {
  const std::string name = admit(role_and_version);
  peers_[name].registration.window = window;
  connect(name);
  return name;
}

std::string World::join_script(std::string_view role_and_version, std::optional<std::uint64_t> allowance) {
  const auto [role, version] = split_at(role_and_version);
  const std::string name =
      make_peer("deployment-" + role + "-" + version, version, PeerKind::kScript, allowance);
  connect(name);
  return name;
}

std::string World::join_operator() {
  const std::string name = make_peer("exo-operator", "", PeerKind::kOperator);
  connect(name);
  return name;
}

void World::connect(const std::string& who) {
  heard();
  register_on(++last_connection_, registration(who));
  connections_[who] = last_connection_;
  lines_.clear();
}

Registration World::registration(const std::string& instance) const {
  return peers_.at(instance).registration;
}

void World::register_on(std::uint64_t connection, const Registration& registration) {
  last_connection_ = std::max(last_connection_, connection);
  HeaderView header;
  header.kind = Kind::kRegister;
  router.receive(ConnectionId{connection}, header, encode_registration(registration), now_);
  const bool known = connections_.count(registration.instance) > 0;
  if (!known) connections_[registration.instance] = connection;
  render_outbox();
}

void World::receive(const std::string& who, const HeaderView& header, Payload payload) {
  router.receive(ConnectionId{connections_.at(who)}, header, std::move(payload), now_);
  render_outbox();
}

void World::command(const std::string& who, std::string_view name, Said said) {
  if (said.id.empty()) said.id = "id" + std::to_string(++last_id_);
  HeaderView header;
  header.kind = Kind::kCommand;
  header.name = name;
  header.id = said.id;
  header.version = said.version;
  header.activity_id = said.activity;
  header.expects = said.expects;
  header.timeout_ms = said.timeout_ms;
  header.handled_errors = said.handled_errors;
  header.caused_by = said.caused_by;
  header.redelivered = said.redelivered;
  receive(who, header, Payload(std::string_view(said.payload)));
}

void World::reply(const std::string& who, std::string_view name, std::string_view to, Said said) {
  if (said.id.empty()) said.id = "id" + std::to_string(++last_id_);
  HeaderView header;
  header.kind = Kind::kReply;
  header.name = name;
  header.id = said.id;
  header.response_to = to;
  header.more = said.more;
  header.page = said.page;
  header.handled_errors = said.handled_errors;
  receive(who, header, Payload(std::string_view(said.payload)));
}

void World::handled(const std::string& who, const std::vector<std::uint64_t>& sequences) {
  HeaderView header;
  header.kind = Kind::kHandled;
  receive(who, header, encode_sequences(sequences));
}

void World::failed(const std::string& who, std::uint64_t sequence, std::string_view reason) {
  HeaderView header;
  header.kind = Kind::kFailed;
  header.sequence = sequence;
  header.code = "handler-failed";
  header.reason = reason;
  receive(who, header);
}

void World::cancel(const std::string& who, std::string_view id) {
  HeaderView header;
  header.kind = Kind::kCancel;
  header.response_to = id;
  receive(who, header);
}

void World::say(const std::string& who, Kind kind) {
  HeaderView header;
  header.kind = kind;
  receive(who, header);
}

void World::connection_breaks(const std::string& who) {
  router.connection_lost(ConnectionId{connections_.at(who)}, "its connection broke", now_);
  render_outbox();
}

void World::dismiss(const std::string& who) {
  router.dismiss(who, now_);
  render_outbox();
}

void World::exo_sends(ExoMessage message) {
  router.send(std::move(message), now_);
  render_outbox();
}

FollowRoutes& World::follow(std::string_view role_and_version, std::vector<std::string> commands) {
  const auto [role, text] = split_at(role_and_version);
  const std::string run = role + "-" + text;
  for (FollowRoutes& follow : plan.follows) {
    if (follow.run == run) return follow;
  }
  plan.follows.push_back({.run = run, .role = role, .version = text, .commands = std::move(commands)});
  return plan.follows.back();
}

void World::recorded(std::uint64_t number) {
  router.recorded(number, now_);
  render_outbox();
}

void World::replay(ReplayedCommand command) {
  router.replay(std::move(command), now_);
  render_outbox();
}

void World::pass_unnoticed(std::chrono::milliseconds time) {
  now_.monotonic += time;
  now_.unix_time.nanoseconds += static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count());
}

void World::pass(std::chrono::milliseconds time) {
  pass_unnoticed(time);
  router.tick(now_);
  render_outbox();
}

std::string World::heard() {
  return heard("");
}

std::string World::heard(std::string_view beginning) {
  render_outbox();
  std::string text;
  for (const std::string& line : lines_) {
    if (line.compare(0, beginning.size(), beginning) == 0) text += line + "\n";
  }
  lines_.clear();
  return text;
}

void World::render_outbox() {
  Outbox& outbox = router.outbox();
  for (std::size_t i = 0; i < outbox.size(); ++i) lines_.push_back(render(outbox.at(i)));
  outbox.clear_deliveries();
  for (const BrokerEvent& event : outbox.events()) lines_.push_back("host: " + routing::render(event));
  outbox.events().clear();
}

std::string World::render(const Delivery& delivery) {
  std::string line = "connection " + std::to_string(static_cast<std::uint64_t>(delivery.to));
  for (const auto& [name, connection] : connections_) {
    if (ConnectionId{connection} == delivery.to) line = name;
  }
  HeaderView header;
  EXO_CHECK(decode_header(std::as_bytes(std::span(delivery.header)), header).ok());
  const std::string_view payload = delivery.payload.text();
  line += ": ";
  switch (header.kind) {
    case Kind::kRoutes:
      return line + render_routes(payload);
    case Kind::kCredit:
      return line + render_credit(payload);
    case Kind::kDelivered:
      return line + render_delivered(payload);
    case Kind::kCommand:
      return line + render_command(header, delivery.payload);
    case Kind::kReply:
      return line + render_reply(header, delivery.payload);
    case Kind::kError:
      return line + "error " + std::string(header.code) + with("", header.response_to) + ": " +
             std::string(header.reason);
    case Kind::kRefused:
      return line + "refused " + std::string(header.code);
    case Kind::kRegistered:
      return line + "registered, connection " + std::to_string(decode_registered(payload).value().connection);
    case Kind::kWindow:
      return line + "window " + std::string(header.response_to) + number("pages ", header.pages);
    case Kind::kCancel:
      return line + "cancel " + std::string(header.response_to);
    case Kind::kRegister:
    case Kind::kHandled:
    case Kind::kFailed:
    case Kind::kPing:
    case Kind::kPong:
    case Kind::kDrain:
    case Kind::kDraining:
    case Kind::kGoodbye:
    case Kind::kPack:
      break;
  }
  return line + std::string(to_string(header.kind));
}

namespace {

struct EventRenderer {
  std::string operator()(const InstanceRegistered& event) const {
    return "registered " + event.instance + " (" + event.role + "@" + event.version + ") connection " +
           std::to_string(event.connection);
  }
  std::string operator()(const InstanceSilent& event) const {
    return event.instance + (event.silent ? " is silent" : " is heard again");
  }
  std::string operator()(const InstanceLost& event) const {
    return "lost " + event.instance + ": " + event.reason;
  }
  std::string operator()(const MessageToExo& event) const {
    std::string line = std::string(to_string(event.kind)) + with("", event.name) +
                       with("to ", event.response_to) + " from " + event.instance + with("code ", event.code);
    if (event.failed_messages + event.handled_errors > 0) {
      line += " failed " + std::to_string(event.failed_messages) + " handled " +
              std::to_string(event.handled_errors);
    }
    return line;
  }
  std::string operator()(const TableInEffect& event) const {
    return "table " + std::to_string(event.position);
  }
  std::string operator()(const FlowSeen& event) const {
    return "flow " + render_flow(event.sender, event.name, event.receiver_name, event.receiver) + " x" +
           std::to_string(event.count);
  }
  std::string operator()(const ScriptActive& event) const {
    return "active " + event.instance + " " + std::to_string(event.messages);
  }
  std::string operator()(const BrokerNotice& event) const { return "notice " + event.text; }
  std::string operator()(const AllowanceSpent& event) const {
    return "allowance of " + event.instance + " spent";
  }
  std::string operator()(const FollowedCommand& event) const {
    std::string line = "copy " + std::to_string(event.number) + " " + event.name;
    for (const std::string& run : event.runs) line += " for " + run;
    return line + with("payload ", event.payload.text());
  }
  std::string operator()(const FollowedSettled& event) const {
    return "copy " + std::to_string(event.number) + (event.applied ? " applied" : " not applied");
  }
  std::string operator()(const FollowBegun& event) const { return "follow " + event.run + " has begun"; }
  std::string operator()(const FollowWaits& event) const {
    return "follow " + event.run + " waits for " + event.instance + ", at work on " + event.name +
           (event.has_deadline ? ", which has a deadline" : "");
  }
  std::string operator()(const FollowHeldBack& event) const { return "follow " + event.run + " holds back"; }
  std::string operator()(const ReplaySettled& event) const {
    return "replayed " + event.id + (event.code.empty() ? "" : ": " + event.code + ": " + event.reason);
  }
  std::string operator()(const LoadSeen& event) const {
    return "load of " + std::to_string(event.reports.size());
  }
  std::string operator()(const TrafficSeen& event) const {
    return "traffic " + std::to_string(event.traffic.routes.size());
  }
};

}  // namespace

std::string render(const BrokerEvent& event) {
  return std::visit(EventRenderer{}, event);
}

}  // namespace exo::routing

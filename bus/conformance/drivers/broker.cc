// The broker as the conformance cases meet it: the real one, on the endpoint that is given, while this
// program plays the host. It reads orders from standard input and writes what the broker reports to standard
// output, a JSON object a line; it ends with its input.
//
//   {"order": "publish", "position": 1, "versions": [{"role": "todo", "version": "1.0.0", …}], "scripts":
//   […]}
//   {"order": "admit", "instance": "todo-1", "role": "todo", "version": "1.0.0", "token": "f00d"}
//   {"order": "dismiss", "instance": "todo-1"}
//   {"order": "send", "kind": "command", "instance": "todo-1", "name": "todo.add", "id": "h-1", "payload":
//   "c0"}
//
// Payloads are hexadecimal digits, in both directions.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "bus/broker.h"

namespace exo {
namespace {

using nlohmann::json;

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (const char letter : bytes) {
    const auto byte = static_cast<unsigned char>(letter);
    digits.push_back(kDigits[byte >> 4U]);
    digits.push_back(kDigits[byte & 15U]);
  }
  return digits;
}

template <typename Enum>
Enum one_of(const std::string& word, std::initializer_list<std::pair<std::string_view, Enum>> words) {
  for (const auto& [text, value] : words) {
    if (text == word) return value;
  }
  throw std::runtime_error("unknown word in an order: " + word);
}

Gate gate_of(const json& version) {
  return one_of<Gate>(version.value("gate", "open"),
                      {{"open", Gate::kOpen}, {"held", Gate::kHeld}, {"draining", Gate::kDraining}});
}

VersionRoutes version_of(const json& entry) {
  VersionRoutes version{.role = entry.at("role"),
                        .version = entry.at("version"),
                        .sends = entry.value("sends", std::vector<std::string>{}),
                        .receives = entry.value("receives", std::vector<std::string>{}),
                        .at_least_once = entry.value("atLeastOnce", std::vector<std::string>{}),
                        .gate = gate_of(entry),
                        .starting = entry.value("starting", false),
                        .share = entry.value("share", 1.0)};
  const json translations = entry.value("translations", json::object());
  for (const auto& [internal, text] : translations.items()) {
    version.translations.push_back({.public_name = text, .internal_name = internal});
  }
  return version;
}

ScriptRoutes script_of(const json& entry) {
  return {.sender = entry.at("sender"),
          .role = entry.at("role"),
          .version = entry.at("version"),
          .activity_id = entry.value("activityId", ""),
          .sends = {}};
}

RoutingPlan plan_of(const json& order) {
  RoutingPlan plan{.position = order.at("position")};
  for (const json& entry : order.value("versions", json::array())) plan.versions.push_back(version_of(entry));
  for (const json& entry : order.value("scripts", json::array())) plan.scripts.push_back(script_of(entry));
  plan.operator_may_send = order.value("operatorMaySend", false);
  return plan;
}

Admission admission_of(const json& order) {
  return {.instance = order.at("instance"),
          .role = order.at("role"),
          .version = order.value("version", ""),
          .token = order.at("token"),
          .kind = one_of<PeerKind>(order.value("kind", "instance"), {{"instance", PeerKind::kInstance},
                                                                     {"script", PeerKind::kScript},
                                                                     {"operator", PeerKind::kOperator}})};
}

ExoMessage message_of(const json& order) {
  return {
      .kind = one_of<Kind>(order.at("kind").get<std::string>(),
                           {{"command", Kind::kCommand}, {"reply", Kind::kReply}, {"error", Kind::kError}}),
      .instance = order.at("instance"),
      .name = order.value("name", ""),
      .id = order.value("id", ""),
      .response_to = order.value("responseTo", ""),
      .activity_id = order.value("activityId", ""),
      .code = order.value("code", ""),
      .reason = order.value("reason", ""),
      .expects =
          one_of<Expects>(order.value("expects", "none"),
                          {{"none", Expects::kNone}, {"one", Expects::kOne}, {"many", Expects::kMany}}),
      .more = order.value("more", false),
      .page = order.value("page", std::uint64_t{0}),
      .payload = Payload(std::string_view(from_hex(order.value("payload", ""))))};
}

void carry_out(Broker& broker, const json& order) {
  const std::string what = order.at("order");
  if (what == "publish") {
    broker.publish(RoutingTable::compile(plan_of(order)));
  } else if (what == "admit") {
    broker.admit(admission_of(order));
  } else if (what == "dismiss") {
    broker.dismiss(order.at("instance"));
  } else if (what == "send") {
    broker.send(message_of(order));
  } else {
    throw std::runtime_error("unknown order: " + what);
  }
}

json report(const TableInEffect& table) {
  return {{"event", "table"}, {"position", table.position}};
}
json report(const InstanceRegistered& registered) {
  json locks = json::array();
  for (const RestatedLock& lock : registered.locks) locks.push_back({lock.key, lock.id, lock.number});
  return {{"event", "registered"},
          {"instance", registered.instance},
          {"connection", registered.connection},
          {"handles", registered.handles},
          {"locks", locks}};
}
json report(const InstanceLost& lost) {
  return {{"event", "lost"}, {"instance", lost.instance}, {"reason", lost.reason}};
}
json report(const MessageToExo& message) {
  return {{"event", "message"},
          {"kind", to_string(message.kind)},
          {"instance", message.instance},
          {"name", message.name},
          {"id", message.id},
          {"responseTo", message.response_to},
          {"activityId", message.activity_id},
          {"code", message.code},
          {"reason", message.reason},
          {"expects", to_string(message.expects)},
          {"contentType", to_string(message.content_type)},
          {"failedMessages", message.failed_messages},
          {"handledErrors", message.handled_errors},
          {"payload", to_hex(message.payload.text())}};
}
// What else happens is no part of the protocol.
template <typename Other>
json report(const Other&) {
  return {};
}
json report(const BrokerNotice& notice) {
  std::cerr << notice.text << '\n';
  return {};
}

// Reads what is there; false at the end of the input.
bool take_orders(Broker& broker, std::string& rest) {
  std::array<char, 65536> bytes{};
  const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (count <= 0) return false;
  rest.append(bytes.data(), static_cast<std::size_t>(count));
  for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
    carry_out(broker, json::parse(rest.substr(0, end)));
    rest.erase(0, end + 1);
  }
  return true;
}

void tell_events(Broker& broker) {
  for (const BrokerEvent& event : broker.take_events()) {
    const json line = std::visit([](const auto& happened) { return report(happened); }, event);
    if (!line.is_null()) std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
  }
}

int run(const char* endpoint) {
  auto started = Broker::start({.endpoint = endpoint, .environment = "conformance"});
  if (!started.ok()) throw std::runtime_error(started.error().message);
  Broker& broker = *started.value();
  std::string rest;
  std::array<pollfd, 2> ready{{{STDIN_FILENO, POLLIN, 0}, {broker.event_fd(), POLLIN, 0}}};
  while (true) {
    ::poll(ready.data(), ready.size(), -1);
    if (ready[1].revents != 0) tell_events(broker);
    if (ready[0].revents != 0 && !take_orders(broker, rest)) return 0;
  }
}

}  // namespace
}  // namespace exo

int main(int count, char** arguments) {
  try {
    if (count != 2) throw std::runtime_error("usage: conformance_broker ENDPOINT");
    return exo::run(arguments[1]);
  } catch (const std::exception& broken) {
    std::cerr << "conformance_broker: " << broken.what() << '\n';
    return 1;
  }
}

#include "host/data_plane.h"

#include <fcntl.h>

#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "base/files.h"
#include "host/service_users.h"
#include "services/forwarder/listening_sockets.h"

namespace exo {
namespace {

// Of the sockets of a role's public port, before the number of each: one, or two for "localhost". No role has
// a space in its name.
std::string name_of_sockets(const std::string& role) {
  return "port of " + role + " ";
}

// Those of a port that is stated, whosever it was; those of the role itself, at whatever port, where none is.
ListeningSockets inherited_sockets(const Forwarder::Listen& listen,
                                   std::map<std::string, UniqueFd>& descriptors) {
  std::vector<UniqueFd> sockets;
  for (auto entry = descriptors.begin(); entry != descriptors.end();) {
    const bool is_wanted = listen.port != 0 ? listening_port(entry->second) == listen.port
                                            : entry->first.rfind(name_of_sockets(listen.role), 0) == 0;
    if (is_wanted) sockets.push_back(std::move(entry->second));
    entry = is_wanted ? descriptors.erase(entry) : std::next(entry);
  }
  return adopt_listening_sockets(std::move(sockets), listen.port);
}

// Gives the names.
std::set<std::string> hold_sockets(const std::string& role, const ListeningSockets& listening,
                                   const DataPlane::Keeping& keeping) {
  std::set<std::string> held;
  if (!keeping.hold) return held;
  for (std::size_t number = 0; number < listening.sockets.size(); ++number) {
    UniqueFd copy(::fcntl(listening.sockets[number].get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) continue;
    const std::string name = name_of_sockets(role) + std::to_string(number);
    keeping.hold(name, std::move(copy));
    held.insert(name);
  }
  return held;
}

}  // namespace

Result<void> DataPlane::start(Inherited inherited, const Keeping& keeping) {
  if (const auto started = start_broker(inherited.processes); !started) return started;
  if (const auto admitted = admit_operators(); !admitted) return admitted;
  auto forwarder = Forwarder::start({});
  if (!forwarder) return forwarder.error();
  forwarder_ = std::move(forwarder).value();
  if (const auto opened = open_public_ports(inherited, keeping); !opened) return opened;
  return write_file_atomically(prepared_.state.bus_file().string(), broker_->endpoint() + "\n");
}

void DataPlane::leave() {
  if (sockets_) sockets_->leave();
}

Result<SocketFolder> DataPlane::folder_of_sockets(bool of_earlier_host, Visitors visitors) const {
  const auto known = of_earlier_host ? prepared_.state.socket_folder() : std::nullopt;
  return known ? SocketFolder::find(*known, visitors) : SocketFolder::create(visitors);
}

Result<void> DataPlane::start_broker(bool of_earlier_host) {
  const std::vector<uid_t> others = prepared_.users.others();
  auto sockets = folder_of_sockets(of_earlier_host, others.empty() ? Visitors::kNone : Visitors::kOtherUsers);
  if (!sockets) return sockets.error();
  sockets_.emplace(std::move(sockets).value());
  auto broker = Broker::start({.endpoint = "ipc://" + (sockets_->path() / "bus").string(),
                               .environment = prepared_.state.environment(),
                               .other_users = others,
                               .tcp = tcp_listening(),
                               .hears = Broker::Hears::kFromTheFirstTable});
  if (!broker) return broker.error();
  broker_ = std::move(broker).value();
  return {};
}

Result<void> DataPlane::admit_operators() {
  const auto key = prepared_.state.key();
  if (!key) return key.error();
  broker_->admit({.instance = "",
                  .role = "exo-operator",
                  .version = "",
                  .token = key.value(),
                  .kind = PeerKind::kOperator});
  if (prepared_.listen.empty()) return {};
  journal_.say("the bus listens on " + broker_->tcp_endpoint() + " too, for programs with keys");
  operator_keys_.emplace(prepared_.state);
  follow_operator_keys();
  return {};
}

std::optional<routing::TcpListening> DataPlane::tcp_listening() const {
  if (prepared_.listen.empty()) return std::nullopt;
  return routing::TcpListening{.endpoint = prepared_.listen, .keys = *prepared_.bus_keys};
}

void DataPlane::follow_operator_keys() {
  if (!operator_keys_) return;
  auto keys = operator_keys_->look();
  if (!keys) return;
  if (!*keys) return journal_.warn("the list of operators' keys stays as it was: " + keys->error().message);
  broker_->set_operator_keys(std::move(*keys).value());
}

Forwarder::Listen DataPlane::wanted_port(const Role& role) const {
  Forwarder::Listen listen{.role = role.name, .port = role.public_port};
  if (!role.port_file.empty()) listen.stated_in = role.port_file + ":" + std::to_string(role.port_line);
  if (const auto wanted = prepared_.ports.find(role.name); wanted != prepared_.ports.end()) {
    listen.port = wanted->second;
    listen.stated_in = "--port";
  }
  return listen;
}

// What is inherited is given to its roles before anything is opened: a port may have gone from one to
// another.
Result<void> DataPlane::open_public_ports(Inherited& inherited, const Keeping& keeping) {
  std::set<std::string> names;
  for (const auto& [name, descriptor] : inherited.descriptors) names.insert(name);
  std::vector<Forwarder::Listen> wanted;
  for (const Role& role : prepared_.application.roles) {
    if (role.is_public) wanted.push_back(wanted_port(role));
  }
  std::map<std::string, ListeningSockets> sockets;
  for (const bool is_stated : {true, false}) {
    for (const Forwarder::Listen& listen : wanted) {
      if ((listen.port != 0) == is_stated)
        sockets[listen.role] = inherited_sockets(listen, inherited.descriptors);
    }
  }
  for (const auto& [name, descriptor] : inherited.descriptors) end_listening(descriptor);
  for (const Forwarder::Listen& listen : wanted) {
    ListeningSockets& listening = sockets[listen.role];
    if (listening.sockets.empty()) {
      auto opened = open_listening_sockets(listen);
      if (!opened) return opened.error();
      listening = std::move(opened).value();
    }
    for (const std::string& held : hold_sockets(listen.role, listening, keeping)) names.erase(held);
    public_ports_[listen.role] = listening.port;
    forwarder_->listen(listen, std::move(listening));
  }
  for (const std::string& name : names) keeping.release(name);
  return {};
}

}  // namespace exo

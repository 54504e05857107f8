#include "host/data_plane.h"

#include <utility>
#include <vector>

#include "base/files.h"
#include "host/service_users.h"

namespace exo {

Result<void> DataPlane::start() {
  if (const auto started = start_broker(); !started) return started;
  if (const auto admitted = admit_operators(); !admitted) return admitted;
  auto forwarder = Forwarder::start({});
  if (!forwarder) return forwarder.error();
  forwarder_ = std::move(forwarder).value();
  if (const auto opened = open_public_ports(); !opened) return opened;
  return write_file_atomically(prepared_.state.bus_file().string(), broker_->endpoint() + "\n");
}

Result<void> DataPlane::start_broker() {
  const std::vector<uid_t> others = prepared_.users.others();
  auto sockets = SocketFolder::create(others.empty() ? Visitors::kNone : Visitors::kOtherUsers);
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

Result<void> DataPlane::open_public_ports() {
  for (const Role& role : prepared_.application.roles) {
    if (!role.is_public) continue;
    Forwarder::Listen listen{.role = role.name, .port = role.public_port};
    if (!role.port_file.empty()) listen.stated_in = role.port_file + ":" + std::to_string(role.port_line);
    if (const auto wanted = prepared_.ports.find(role.name); wanted != prepared_.ports.end()) {
      listen.port = wanted->second;
      listen.stated_in = "--port";
    }
    const auto port = forwarder_->listen(listen);
    if (!port) return port.error();
    public_ports_[role.name] = port.value();
  }
  return {};
}

}  // namespace exo

#include "host/taken_ports.h"

#include "host/ledger_owner.h"
#include "ledger/ownership.h"
#include "services/forwarder/listening_sockets.h"
#include "services/forwarder/port_holder.h"

namespace exo {
namespace {

// Of the host that runs; 0: none does, or nobody may say.
pid_t host_of(const StateFolder* state) {
  if (state == nullptr) return 0;
  const auto owner = find_host(state->path().string());
  return owner && owner.value() ? owner.value()->pid : 0;
}

// Who holds a port may be hidden from this user; then a host that runs has the benefit of the doubt.
bool is_held_by(pid_t host, std::uint16_t port) {
  if (host == 0) return false;
  const auto holder = find_port_holder(port);
  return !holder || holder->pid == host;
}

}  // namespace

std::vector<Mistake> taken_ports(const Application& application,
                                 const std::map<std::string, std::uint16_t>& ports,
                                 const StateFolder* state) {
  const pid_t host = host_of(state);
  std::vector<Mistake> mistakes;
  for (const Role& role : application.roles) {
    const auto given = ports.find(role.name);
    const bool is_given = given != ports.end();
    const std::uint16_t port = is_given ? given->second : role.public_port;
    if (!role.is_public || port == 0) continue;
    const auto opened =
        open_listening_sockets({.role = role.name, .port = port, .stated_in = is_given ? "--port" : ""});
    if (opened || is_held_by(host, port)) continue;
    const std::string number = std::to_string(port);
    mistakes.push_back({.file = is_given ? "--port " + role.name + "=" + number : role.port_file,
                        .line = is_given ? 0 : role.port_line,
                        .key = is_given ? "" : "development.port",
                        .value = number,
                        .message = opened.error().message});
  }
  return mistakes;
}

}  // namespace exo

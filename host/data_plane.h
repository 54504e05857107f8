// What carries an environment's traffic: the bus and the public ports.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "bus/broker.h"
#include "host/bus_keys.h"
#include "host/journal.h"
#include "host/preparation.h"
#include "host/state_folder.h"
#include "services/forwarder/forwarder.h"

namespace exo {

// Owns the broker, the forwarder and the folder of their sockets; tells the environment's visitors where the
// bus is. `prepared` and `journal` must outlive it. For the host's thread.
class DataPlane {
 public:
  DataPlane(const Preparation& prepared, Journal& journal) : prepared_(prepared), journal_(journal) {}

  // What an earlier host has left: where its processes reach the bus, and the sockets of its public ports.
  struct Inherited {
    bool processes = false;
    std::map<std::string, UniqueFd> descriptors;
  };
  // How descriptors are kept for later hosts.
  struct Keeping {
    std::function<void(const std::string& name, UniqueFd descriptor)> hold = {};  // null: nothing is kept
    std::function<void(const std::string& name)> release;
  };

  // Both run when it returns, and every public port is open, its sockets held. What was inherited and has no
  // use any more listens no more and is released. Once.
  Result<void> start(Inherited inherited, const Keeping& keeping);
  // The fleet goes on: it finds the bus of the next host where that of this one was.
  void leave();
  // The list of people's keys, where it is another than at the last call. A slip in it leaves everybody as
  // they are until it is mended.
  void follow_operator_keys();

  // From here on only after start().
  Broker& broker() { return *broker_; }
  const Broker& broker() const { return *broker_; }
  Forwarder& forwarder() { return *forwarder_; }
  // By role.
  const std::map<std::string, std::uint16_t>& public_ports() const { return public_ports_; }

 private:
  Result<SocketFolder> folder_of_sockets(bool of_earlier_host, Visitors visitors) const;
  Result<void> start_broker(bool of_earlier_host);
  Result<void> admit_operators();
  Result<void> open_public_ports(Inherited& inherited, const Keeping& keeping);
  Forwarder::Listen wanted_port(const Role& role) const;
  std::optional<routing::TcpListening> tcp_listening() const;

  const Preparation& prepared_;
  Journal& journal_;
  std::optional<SocketFolder> sockets_;
  std::unique_ptr<Broker> broker_;
  std::optional<OperatorKeysWatch> operator_keys_;  // where the bus listens over TCP
  std::unique_ptr<Forwarder> forwarder_;
  std::map<std::string, std::uint16_t> public_ports_;
};

}  // namespace exo

// Who may join the bus.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bus/fleet.h"
#include "bus/flow_control.h"
#include "bus/notices.h"
#include "bus/now.h"
#include "bus/outbox.h"
#include "bus/wire/control.h"

namespace exo::routing {

// Equal, in a time that depends on their lengths only.
bool equal_tokens(std::string_view left, std::string_view right);

// Admits instances and answers registrations.
//
// An instance has one connection. When it registers on a second one while the first seems to be there, the
// first may be a socket that its relay has closed without a word: the registrar writes to it for a while (the
// loop hears from the socket when nobody is there any more, and the router then drops the connection), and
// refuses the second one only when the first has stayed. One thread.
class Registrar {
 public:
  struct Limits {
    std::string environment;
    std::chrono::milliseconds heartbeat{5000};
    std::chrono::milliseconds contention{
        2000};  // how long the first of two connections is given to show itself gone
    std::size_t contenders = 64;
  };

  Registrar(Fleet& fleet, FlowControl& flow, Outbox& outbox, Notices& notices, Limits limits, const Now& now)
      : fleet_(fleet),
        flow_(flow),
        outbox_(outbox),
        notices_(notices),
        limits_(std::move(limits)),
        now_(now) {}

  void admit(const Admission& admission);

  // Replaces those before.
  void set_operator_keys(std::vector<OperatorKey> keys) { operator_keys_ = std::move(keys); }
  bool is_listed(std::string_view public_key) const { return find_operator_key(public_key) != nullptr; }

  // Answers a `register`; `key` is the public key that its sender has proven, empty where it has proven none.
  // The instance where that is registered now; null where it is refused or has to wait.
  Instance* receive(ConnectionId connection, std::string_view payload, std::string_view key = {});
  // The instance has lost its connection: the one that waits for it, if any, takes its place.
  Instance* next_connection(Instance& instance);
  void tick();
  bool pending() const { return !contenders_.empty(); }
  // The instance is to go.
  void forget(const Instance& instance);

  // Whether it waits for another connection of its instance to show itself gone.
  bool is_contender(ConnectionId connection) const;

  void refuse(ConnectionId connection, std::string_view code, std::string_view reason);

 private:
  struct Contender {
    ConnectionId connection{};
    Instance* instance = nullptr;
    Registration registration;
    MonotonicTime until{};
  };

  Instance* admitted(const Registration& registration, std::string_view key);
  Instance* new_operator(const Registration& registration, std::string_view key);
  Instance& add_operator(const Registration& registration, std::string_view key);
  const OperatorKey* find_operator_key(std::string_view public_key) const;
  Instance* complete(ConnectionId connection, Instance& instance, const Registration& registration);
  void turn_away(ConnectionId connection, const Registration& registration, std::string_view key);
  void contend(ConnectionId connection, Instance& instance, Registration registration);
  void probe(const Instance& instance);
  void answer(const Instance& instance);

  Fleet& fleet_;
  FlowControl& flow_;
  Outbox& outbox_;
  Notices& notices_;
  Limits limits_;
  const Now& now_;
  std::vector<Admission> operators_;
  std::vector<OperatorKey> operator_keys_;
  std::vector<Contender> contenders_;
};

}  // namespace exo::routing

#include "bus/registrar.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace exo::routing {
namespace {

constexpr std::string_view kOperatorRole = "exo-operator";
constexpr std::string_view kOperatorPrefix = "operator-";

bool speaks_our_protocol(const Registration& registration) {
  const auto& protocols = registration.protocols;
  return std::find(protocols.begin(), protocols.end(), kProtocolVersion) != protocols.end();
}

std::string list_protocols(const Registration& registration) {
  std::string list;
  for (const std::uint32_t protocol : registration.protocols) {
    list += (list.empty() ? "" : ", ") + std::to_string(protocol);
  }
  return list.empty() ? "none" : list;
}

}  // namespace

bool equal_tokens(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference |=
        static_cast<unsigned>(static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]));
  }
  return difference == 0;
}

void Registrar::admit(const Admission& admission) {
  EXO_CHECK(!admission.token.empty());
  if (admission.kind == PeerKind::kOperator) {
    operators_.push_back(admission);
    return;
  }
  if (Instance* known = fleet_.find_instance(admission.instance)) {
    known->token = admission.token;
    known->public_key = admission.public_key;
    return;
  }
  fleet_.add_instance(admission, outbox_, flow_.new_ledger());
}

Instance* Registrar::receive(ConnectionId connection, std::string_view payload, std::string_view key) {
  auto registration = decode_registration(payload);
  if (!registration) {
    refuse(connection, registration.error().code, registration.error().message);
    return nullptr;
  }
  if (!speaks_our_protocol(registration.value())) {
    refuse(connection, "no-common-protocol",
           "this bus speaks protocol " + std::to_string(kProtocolVersion) + "; the relay speaks " +
               list_protocols(registration.value()));
    return nullptr;
  }
  Instance* instance = admitted(registration.value(), key);
  if (!instance) {
    turn_away(connection, registration.value(), key);
    return nullptr;
  }
  if (instance->connected()) {
    contend(connection, *instance, std::move(registration).value());
    return nullptr;
  }
  return complete(connection, *instance, registration.value());
}

// One text for all reasons: who has no token learns nothing about who is admitted.
void Registrar::turn_away(ConnectionId connection, const Registration& registration, std::string_view key) {
  refuse(connection, "not-admitted",
         "instance \"" + registration.instance + "\" of " + registration.role +
             " is not admitted: it was not started by this host, or its token is wrong (see "
             "EXO_TOKEN_FILE), or another key than its own is used (see EXO_CURVE_FILE)");
  notices_.add(NoticeKind::kNotAdmitted,
               "bus: " + (key.empty() ? "somebody" : "who has the key " + std::string(key)) +
                   " has registered as " + in_quotes(registration.instance) + " of " +
                   in_quotes(registration.role) + ", and is not admitted as that",
               now_.monotonic);
}

// Who has proven a key is whom that key stands for, and nobody else, whatever tokens they know. On this
// machine an instance may do without its key, since the kernel says who comes over ipc.
Instance* Registrar::admitted(const Registration& registration, std::string_view key) {
  Instance* instance = fleet_.find_instance(registration.instance);
  if (!instance) return new_operator(registration, key);
  const bool same = *instance->role == registration.role && *instance->version_text == registration.version;
  const bool may_lack_key = instance->kind != PeerKind::kOperator;
  const bool fits = key == instance->public_key || (key.empty() && may_lack_key);
  return equal_tokens(instance->token, registration.token) && same && fits ? instance : nullptr;
}

Instance* Registrar::new_operator(const Registration& registration, std::string_view key) {
  if (registration.role != kOperatorRole) return nullptr;
  if (registration.instance.substr(0, kOperatorPrefix.size()) != kOperatorPrefix) return nullptr;
  if (!key.empty()) return is_listed(key) ? &add_operator(registration, key) : nullptr;
  for (const Admission& admission : operators_) {
    if (equal_tokens(admission.token, registration.token)) return &add_operator(registration, key);
  }
  return nullptr;
}

Instance& Registrar::add_operator(const Registration& registration, std::string_view key) {
  return fleet_.add_instance({.instance = registration.instance,
                              .role = std::string(kOperatorRole),
                              .version = {},
                              .token = registration.token,
                              .kind = PeerKind::kOperator,
                              .public_key = std::string(key)},
                             outbox_, flow_.new_ledger());
}

const OperatorKey* Registrar::find_operator_key(std::string_view public_key) const {
  for (const OperatorKey& key : operator_keys_) {
    if (key.public_key == public_key) return &key;
  }
  return nullptr;
}

Instance* Registrar::complete(ConnectionId connection, Instance& instance, const Registration& registration) {
  fleet_.connect(instance, connection);
  if (registration.packs) outbox_.may_pack(connection);
  instance.window = registration.window;
  instance.draining = false;
  instance.malformed = 0;
  instance.last_sequence = 0;
  instance.last_heard = now_.monotonic;
  instance.silent = false;
  answer(instance);
  flow_.publish_routes(instance);
  const OperatorKey* key =
      instance.kind == PeerKind::kOperator ? find_operator_key(instance.public_key) : nullptr;
  const std::string who = key == nullptr ? std::string() : key->who;
  outbox_.report(InstanceRegistered{instance.name, *instance.role, *instance.version_text, instance.kind,
                                    instance.connections, registration.handles, registration.relay, who,
                                    registration.locks});
  return &instance;
}

void Registrar::answer(const Instance& instance) {
  Registered registered;
  registered.protocol = kProtocolVersion;
  registered.role = *instance.role;
  registered.version = *instance.version_text;
  registered.instance = instance.name;
  registered.connection = instance.connections;
  registered.environment = limits_.environment;
  registered.heartbeat_ms = static_cast<std::uint64_t>(limits_.heartbeat.count());
  registered.frame_limit_bytes = kPayloadLimitBytes;
  registered.packs = true;
  registered.locks = true;
  HeaderView header;
  header.kind = Kind::kRegistered;
  outbox_.send(instance.connection, header, encode_registered(registered));
}

void Registrar::contend(ConnectionId connection, Instance& instance, Registration registration) {
  const bool contested = std::any_of(contenders_.begin(), contenders_.end(),
                                     [&](const Contender& c) { return c.instance == &instance; });
  if (instance.connection == connection || contested || contenders_.size() >= limits_.contenders) {
    refuse(connection, "already-connected", "instance \"" + instance.name + "\" has a connection already");
    return;
  }
  contenders_.push_back(
      {connection, &instance, std::move(registration), now_.monotonic + limits_.contention});
  probe(instance);
}

bool Registrar::is_contender(ConnectionId connection) const {
  return std::any_of(contenders_.begin(), contenders_.end(),
                     [connection](const Contender& each) { return each.connection == connection; });
}

void Registrar::probe(const Instance& instance) {
  HeaderView header;
  header.kind = Kind::kPong;
  outbox_.send(instance.connection, header);
}

Instance* Registrar::next_connection(Instance& instance) {
  for (auto contender = contenders_.begin(); contender != contenders_.end(); ++contender) {
    if (contender->instance != &instance) continue;
    const Contender next = std::move(*contender);
    contenders_.erase(contender);
    return complete(next.connection, instance, next.registration);
  }
  return nullptr;
}

void Registrar::tick() {
  for (std::size_t i = 0; i < contenders_.size();) {
    const Contender& contender = contenders_[i];
    if (now_.monotonic < contender.until) {
      probe(*contender.instance);
      ++i;
      continue;
    }
    refuse(contender.connection, "already-connected",
           "instance \"" + contender.instance->name + "\" has a connection already");
    contenders_.erase(contenders_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void Registrar::forget(const Instance& instance) {
  for (std::size_t i = 0; i < contenders_.size();) {
    if (contenders_[i].instance != &instance) {
      ++i;
      continue;
    }
    refuse(contenders_[i].connection, "not-admitted", "instance \"" + instance.name + "\" has ended");
    contenders_.erase(contenders_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void Registrar::refuse(ConnectionId connection, std::string_view code, std::string_view reason) {
  HeaderView header;
  header.kind = Kind::kRefused;
  header.code = code;
  header.reason = reason;
  outbox_.send(connection, header);
}

}  // namespace exo::routing

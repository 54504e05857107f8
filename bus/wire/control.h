// The payloads of control messages. docs/protocol.md is the source.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "bus/wire/payload.h"

namespace exo {

inline constexpr std::uint64_t kControlListLimit = 65536;  // elements of any list or map in a control message
inline constexpr std::uint32_t kWindowLimit = 4096;        // commands under way at one relay

// A lock that a relay was given on an earlier connection, and holds still.
struct RestatedLock {
  std::string key;
  std::string id;  // of the exo.lock
  std::uint64_t number = 0;
  bool operator==(const RestatedLock&) const = default;
};

// What a relay says about itself in `register`.
struct Registration {
  std::vector<std::uint32_t> protocols;
  std::string role;
  std::string version;  // empty for exo-operator
  std::string instance;
  std::string token;
  std::vector<std::string> handles;
  std::uint32_t window = 256;  // commands under way at a time, 1 to 4096
  std::string relay;
  bool packs = false;               // it reads `pack`
  std::vector<RestatedLock> locks;  // not written when there is none
};

// What the broker answers when it has admitted the relay.
struct Registered {
  std::uint32_t protocol = 0;
  std::string role;
  std::string version;
  std::string instance;
  std::uint64_t connection = 0;
  std::string environment;
  std::uint64_t heartbeat_ms = 0;
  std::uint64_t frame_limit_bytes = 0;
  bool packs = false;  // it reads `pack`
  bool locks = false;  // restated locks are the relay's still, unless it is told otherwise
};

// For each name that may be sent, the roles that receive it.
struct Routes {
  std::vector<std::pair<std::string, std::vector<std::string>>> names;
  // Those of them that every receiving role takes at least once.
  std::vector<std::string> acknowledged;
};

// Commands of one connection, by their place among all that its relay has sent on it, from 1 upwards; both
// ends belong to it.
struct OrdinalRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool operator==(const OrdinalRange&) const = default;
};

// How far the broker has come and how far the relay may go; both count from the connection's beginning.
struct Credit {
  std::uint64_t accepted = 0;                                 // commands taken over, in all
  std::vector<std::pair<std::string, std::uint64_t>> grants;  // role → credits granted, in all
  std::vector<OrdinalRange> settled;                          // since the last one; disjoint
  bool tells_settled = true;  // false: the key is absent, and what is accepted is settled; `settled` is empty
};

// Each encode_ makes a payload; each decode_ reads one from outside and checks types, counts and limits (code
// `malformed`). Unknown keys are ignored, missing lists are empty.
Payload encode_registration(const Registration& registration);
Payload encode_registered(const Registered& registered);
Payload encode_routes(const Routes& routes);
Payload encode_credit(const Credit& credit);
Payload encode_sequences(const std::vector<std::uint64_t>& sequences);
Payload encode_ids(const std::vector<std::string>& ids);

Result<Registration> decode_registration(std::string_view payload);
Result<Registered> decode_registered(std::string_view payload);
Result<Routes> decode_routes(std::string_view payload);
Result<Credit> decode_credit(std::string_view payload);
// Replaces `sequences`, whose capacity is reused.
Result<void> decode_sequences(std::string_view payload, std::vector<std::uint64_t>& sequences);
Result<std::vector<std::string>> decode_ids(std::string_view payload);

}  // namespace exo

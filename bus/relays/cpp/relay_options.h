// Who the program is and where the bus is.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "bus/relays/cpp/relay_context.h"
#include "bus/wire/curve_keys.h"

namespace exo {

struct RelayOptions {
  std::string endpoint;  // "ipc:///run/user/0/exo-ab12/bus"
  std::string role;
  std::string version;  // empty for exo-operator
  std::string instance;
  std::string token;
  CurveIdentity curve;                    // the keys that a bus over TCP wants; empty: none
  std::shared_ptr<RelayContext> context;  // shared with other relays; null: one of its own
  std::uint32_t window = 1024;            // commands that may be under way here at a time, 1 to 4096
  std::string relay = "exorelay-cpp 0.1.0";
  std::size_t buffer_messages = 1'000'000;  // what may wait for the bus until send() and send_more() refuse
  std::size_t buffer_bytes = 256U * 1024 * 1024;
  // Of acknowledged commands that were completed here, to answer them when they are delivered once more: how
  // many are remembered, and the bytes of their replies together.
  std::size_t remembered_commands = 10'000;
  std::size_t remembered_reply_bytes = 16U * 1024 * 1024;
  // A streamed reply fails when its asker takes no page for so long.
  std::chrono::milliseconds stall_limit{5 * 60'000};
  std::chrono::milliseconds close_timeout{
      8'000};  // for what is under way when the relay is closed; less than exo leaves
  std::chrono::milliseconds silence_limit{15'000};  // the bus is lost when it says nothing for so long

  // From ROLE, EXO_BUS, EXO_VERSION, EXO_INSTANCE, the file that EXO_TOKEN_FILE names and, where it is set,
  // the file that EXO_CURVE_FILE names. Error code "bad-environment": the message names the variable and what
  // is wrong with it.
  static Result<RelayOptions> from_environment();
};

}  // namespace exo

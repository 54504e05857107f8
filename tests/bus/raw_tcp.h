// A connection over TCP, or ipc, that speaks whatever a test writes: bytes out, bytes in.
#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace exo {

// Waits end the test program when nothing comes in twenty seconds.
class RawTcp {
 public:
  // "tcp://127.0.0.1:40112".
  explicit RawTcp(const std::string& endpoint);

  // "127.0.0.1:53124", as the other side sees it.
  std::string own_address() const;
  // False when the other side has closed already, which shows late.
  bool write(std::string_view bytes);
  // Waits until these bytes are in what has come so far; false when the other side closes before.
  bool read_until(std::string_view bytes);
  // Waits until the other side has closed, whatever it says before.
  void wait_for_end();

 private:
  std::string read_some();

  UniqueFd socket_;
  std::string received_;
};

// What a ZMTP 3.1 peer says first: who speaks of this mechanism.
std::string zmtp_greeting(const std::string& mechanism);
// A frame of ZMTP 3 with a command of this name.
std::string zmtp_command(const std::string& name, std::string_view body);
// "Socket-Type" = "DEALER" and the like, as in a READY.
std::string zmtp_property(const std::string& name, const std::string& value);
std::string zmtp_frame(std::string_view body, bool more);

}  // namespace exo

// A relay's socket and nothing else: frames in, frames out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/wire/control.h"
#include "bus/wire/curve_keys.h"
#include "bus/wire/header.h"

namespace exo {

// A message as a peer got it. `header` points into `header_bytes`.
struct RawMessage {
  std::string header_bytes;
  std::string payload;
  HeaderView header;
};

// A DEALER in a context of its own. Its waits end the test program when nothing comes in ten seconds.
class RawPeer {
 public:
  struct Options {
    std::string routing_id = {};  // empty: the broker makes one, as the protocol says
    int receive_high_water = 1000;
    CurveIdentity curve = {};  // empty: without CURVE
  };
  explicit RawPeer(const std::string& endpoint) : RawPeer(endpoint, Options{}) {}
  RawPeer(const std::string& endpoint, const Options& options);
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  void send(const HeaderView& header, std::string_view payload = {});
  void send_frames(const std::vector<std::string>& frames);
  // Waits.
  RawMessage receive();
  // The next message of this kind; those before it are dropped.
  RawMessage receive(Kind kind);
  // Null when nothing has come by then.
  std::optional<RawMessage> receive_within(std::chrono::milliseconds time);

  void register_as(const std::string& role, const std::string& version, const std::string& instance,
                   std::uint32_t window = 256);

 private:
  void* context_;
  void* socket_;
};

}  // namespace exo

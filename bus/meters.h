// Counts what goes over each route, and how long it takes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/hash_index.h"
#include "bus/histogram.h"
#include "bus/traffic.h"

namespace exo::routing {

// Which commands a meter counts: all its texts are interned by the Fleet, so that they are told apart by
// where they are. Null: as the empty texts of RouteTraffic.
struct MeterKey {
  const std::string* sender = nullptr;
  const std::string* name = nullptr;
  const std::string* receiver = nullptr;
  const std::string* version = nullptr;
  bool operator==(const MeterKey&) const = default;
};

// Names an error code in all meters; kOtherCode for those that there is no room for.
using CodeNumber = std::uint8_t;
inline constexpr CodeNumber kOtherCode = 0;
inline constexpr std::size_t kCodes = 24;  // the protocol has some fifteen; peers may make up others

struct Meter {
  MeterKey key;
  std::uint64_t commands = 0;
  std::uint64_t replies = 0;
  std::uint64_t redelivered = 0;
  std::uint64_t queued = 0;
  std::array<std::uint64_t, kCodes> errors{};
  const std::string* receiver_name = nullptr;  // the latest, and that of the latest reply; interned by the
  const std::string* reply_name = nullptr;     // TraceRing
  Histogram in_queue;
  Histogram handling;
  Histogram first_reply;
};

// Owns the meters; addresses never change. A new route costs some six kilobytes, up to kLimit of them; what
// comes beyond shares one meter. One thread.
class Meters {
 public:
  static constexpr std::size_t kLimit = 1024;  // 6 MiB; a large application has some hundred routes

  Meters();

  // Makes it where there is none. Allocates for a new key only.
  Meter& find(const MeterKey& key);
  CodeNumber number_of(std::string_view code);
  const std::string& code(CodeNumber number) const { return codes_[number]; }
  Traffic report() const;

 private:
  Meter& look_up(const MeterKey& key);
  static std::uint64_t hash_of(const MeterKey& key);
  RouteTraffic report_of(const Meter& meter) const;

  std::vector<std::unique_ptr<Meter>> meters_;
  HashIndex index_;
  Meter* last_ = nullptr;  // that was found: messages of one route come in rows
  Meter others_;
  std::string others_name_ = "(others)";
  std::vector<std::string> codes_{"other"};
};

}  // namespace exo::routing

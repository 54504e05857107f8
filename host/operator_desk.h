// Answers the commands that people's command lines send to `exo` over the bus.
//
//   exo.status  {}             → exo.status   the report as JSON (host/status_report.h)
//                                (its traffic comes from the broker, so the answer waits for that)
//   exo.history {from, limit}  → exo.history  {"events":[…]} as JSON, at most kHistoryPage
//   events
//   exo.stop    {services}     → exo.stop     {"pid"}: the host stops from then on; services is "end" or "go
//   on"
//
// Anything else gets the error `no-receiver`; exo.send-held is answered in host/held_messages.h, exo.script
// in host/script_desk.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bus/broker.h"
#include "bus/events.h"
#include "host/ending.h"
#include "host/status_report.h"
#include "ledger/ledger.h"

namespace exo {

// A page of history stays far below the frame limit even when every event has its largest details.
inline constexpr std::size_t kHistoryPage = 500;

std::string_view to_text(ServicesAtStop services);  // "end", "go on"

// Used by the host's thread; owns nothing.
class OperatorDesk {
 public:
  struct Parts {
    Broker& broker;
    Ledger& ledger;
    std::function<StatusReport()> status;
    // Begins to stop, or says why not.
    std::function<Result<void>(ServicesAtStop services)> stop;
  };
  explicit OperatorDesk(Parts parts) : parts_(std::move(parts)) {}

  // Answers one command of an operator, at once or when the broker has told its traffic.
  void answer(const MessageToExo& message);
  void take(const Traffic& traffic);

 private:
  void reply(const MessageToExo& message, const std::string& json);
  void refuse(const MessageToExo& message, const Error& error);
  void answer_with(const MessageToExo& message, const Result<std::string>& json);
  Result<std::string> history(const MessageToExo& message);
  Result<std::string> stop(const MessageToExo& message);

  Parts parts_;
  std::vector<MessageToExo> waiting_;  // for the traffic, since it was asked for
};

}  // namespace exo

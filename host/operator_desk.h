// Answers the commands that people's command lines send to `exo` over the bus.
//
//   exo.status  {}             → exo.status   the report as JSON (host/status_report.h)
//   exo.history {from, limit}  → exo.history  {"events":[…]} as JSON, at most kHistoryPage
//   events
//
// Anything else gets the error `no-receiver`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "bus/broker.h"
#include "bus/events.h"
#include "host/status_report.h"
#include "ledger/ledger.h"

namespace exo {

// A page of history stays far below the frame limit even when every event has its largest details.
inline constexpr std::size_t kHistoryPage = 500;

// Used by the host's thread; owns nothing.
class OperatorDesk {
 public:
  OperatorDesk(Broker& broker, Ledger& ledger, std::function<StatusReport()> status);

  // Answers one command of an operator.
  void answer(const MessageToExo& message);

 private:
  void reply(const MessageToExo& message, const std::string& json);
  void refuse(const MessageToExo& message, const Error& error);
  Result<std::string> history(const MessageToExo& message);

  Broker& broker_;
  Ledger& ledger_;
  std::function<StatusReport()> status_;
};

}  // namespace exo

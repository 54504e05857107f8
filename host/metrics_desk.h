// Gathers what is measured when somebody asks for it over HTTP.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "bus/broker.h"
#include "host/metrics_server.h"
#include "host/status_report.h"

namespace exo {

// Used by the host's thread; owns the server. The broker is asked for its part and answers when it can, so
// that nobody waits for anybody.
class MetricsDesk {
 public:
  MetricsDesk(std::unique_ptr<MetricsServer> server, Broker& broker, std::function<StatusReport()> status);

  const MetricsAddress& address() const { return server_->address(); }
  int wanted_fd() const { return server_->wanted_fd(); }
  // Somebody has asked.
  void wanted();
  // The broker has answered; does nothing where it was asked by others.
  void take(const Traffic& traffic);

 private:
  std::unique_ptr<MetricsServer> server_;
  Broker& broker_;
  std::function<StatusReport()> status_;
  UnixTime began_ = unix_now();
  bool asked_ = false;
};

}  // namespace exo

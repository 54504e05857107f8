#include "host/metrics_desk.h"

#include <utility>

#include "host/metrics_text.h"
#include "host/process_figures.h"

namespace exo {

MetricsDesk::MetricsDesk(std::unique_ptr<MetricsServer> server, Broker& broker,
                         std::function<StatusReport()> status)
    : server_(std::move(server)), broker_(broker), status_(std::move(status)) {}

void MetricsDesk::wanted() {
  if (!server_->take_wanted()) return;
  asked_ = true;
  broker_.ask_for_traffic();
}

void MetricsDesk::take(const Traffic& traffic) {
  if (!std::exchange(asked_, false)) return;
  server_->provide(metrics_text(traffic, status_().services, figures_of_this_process(began_)));
}

}  // namespace exo

#include "host/traffic_report.h"

#include <nlohmann/json.hpp>

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Json to_json(const HistogramSummary& summary) {
  return Json{{"count", summary.count},
              {"p50", milliseconds(summary.p50)},
              {"p99", milliseconds(summary.p99)},
              {"max", milliseconds(summary.longest)}};
}

Json to_json(const RouteTraffic& route) {
  Json errors = Json::object();
  for (const auto& [code, count] : route.errors) errors[code] = count;
  return Json{{"sender", route.sender},
              {"name", route.name},
              {"receiver", route.receiver},
              {"version", route.version},
              {"commands", route.commands},
              {"replies", route.replies},
              {"redelivered", route.redelivered},
              {"queued", route.queued},
              {"errors", errors},
              {"queued_ms", to_json(route.in_queue)},
              {"handling_ms", to_json(route.handling)},
              {"first_reply_ms", to_json(route.first_reply)}};
}

}  // namespace

std::string traffic_to_json(const Traffic& traffic) {
  Json routes = Json::array();
  for (const RouteTraffic& route : traffic.routes) routes.push_back(to_json(route));
  return routes.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace exo

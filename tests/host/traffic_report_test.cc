#include "host/traffic_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "host/status_report.h"

namespace exo {
namespace {

Traffic some_traffic() {
  Histogram histogram;
  histogram.add(std::chrono::microseconds(2500));
  return {.routes = {{.sender = "web",
                      .name = "todos.list",
                      .receiver = "todo",
                      .version = "0.0.1",
                      .commands = 1,
                      .replies = 2,
                      .redelivered = 3,
                      .queued = 4,
                      .errors = {{"expired", 5}},
                      .in_queue = histogram.summary()}}};
}

TEST(TrafficReport, HasTheDocumentedKeys) {
  EXPECT_EQ(traffic_to_json(some_traffic()),
            "[{\"sender\":\"web\",\"name\":\"todos.list\",\"receiver\":\"todo\",\"version\":\"0.0.1\","
            "\"commands\":1,"
            "\"replies\":2,\"redelivered\":3,\"queued\":4,\"errors\":{\"expired\":5},"
            "\"queued_ms\":{\"count\":1,\"p50\":2.5,\"p99\":2.5,\"max\":2.5},"
            "\"handling_ms\":{\"count\":0,\"p50\":0.0,\"p99\":0.0,\"max\":0.0},"
            "\"first_reply_ms\":{\"count\":0,\"p50\":0.0,\"p99\":0.0,\"max\":0.0}}]");
}

TEST(TrafficReport, IsPartOfTheStatusAndSurvivesTheWayOverTheBus) {
  StatusReport report{.application = "todo", .environment = "local"};
  report.traffic = traffic_to_json(some_traffic());
  const auto read = status_from_json(to_json(report));
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().traffic, report.traffic);
  EXPECT_EQ(nlohmann::json::parse(to_json(read.value()))["traffic"][0]["commands"], 1);
}

TEST(TrafficReport, IsNullWhereNoHostKnows) {
  const auto json =
      nlohmann::json::parse(to_json(StatusReport{.application = "todo", .environment = "local"}));
  ASSERT_TRUE(json.contains("traffic"));
  EXPECT_TRUE(json["traffic"].is_null());
}

}  // namespace
}  // namespace exo

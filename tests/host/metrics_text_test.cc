#include "host/metrics_text.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/host/exposition.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

RouteTraffic route(std::string name) {
  Histogram histogram;
  histogram.add(milliseconds(3));
  histogram.add(milliseconds(30));
  histogram.add(std::chrono::minutes(5));
  return {.sender = "web",
          .name = std::move(name),
          .receiver = "todo",
          .version = "0.0.1",
          .commands = 3,
          .replies = 4,
          .redelivered = 1,
          .queued = 2,
          .errors = {{"expired", 5}, {"handler-failed", 6}},
          .in_queue = histogram.summary(),
          .handling = {},
          .first_reply = histogram.summary()};
}

VersionReport version(std::string state) {
  return {.role = "todo",
          .version = "0.0.1",
          .state = std::move(state),
          .gate = "open",
          .split = 0.25,
          .instances = {{.id = "a", .state = "ready", .restarts = 2}, {.id = "b", .state = "starting"}}};
}

Exposition exposition_of(const Traffic& traffic, const std::vector<VersionReport>& versions = {}) {
  return read_exposition(
      metrics_text(traffic, versions, {.cpu = milliseconds(1500), .resident_bytes = 4096}));
}

TEST(Exposition, FindsWhatItIsThereToFind) {
  const std::string falling = std::string("# HELP x A.\n# TYPE x histogram\nx_bucket{le=\"1\"} 2\n") +
                              "x_bucket{le=\"+Inf\"} 1\nx_sum 1\nx_count 1\n";
  for (const char* text : {
           "exo_x 1\n",                                                         // of no family
           "# HELP exo_x_total A.\n# TYPE exo_x_total gauge\nexo_x_total 1\n",  // a gauge as a counter
           "# HELP exo_x A.\n# TYPE exo_x counter\nexo_x 1\n",                  // and the other way round
           "# HELP exo_x A.\n# TYPE exo_x gauge\nexo_x{a=\"b\nc\"} 1\n",        // a raw line end
           "# HELP exo_x A.\n# TYPE exo_x gauge\nexo_x 1\nexo_x 2\n",           // one series twice
           "# HELP exo_x A.\n# TYPE exo_x gauge\nexo_x 1",                      // no last line end
           "# HELP x A.\n# TYPE x histogram\nx_bucket{le=\"1\"} 1\nx_sum 1\nx_count 1\n",  // no +Inf
           falling.c_str(),
       }) {
    EXPECT_FALSE(read_exposition(text).faults.empty()) << text;
  }
}

TEST(MetricsText, KeepsTheRulesOfTheFormat) {
  const Exposition found = exposition_of({.routes = {route("todos.list"), route("todo.add")}},
                                         {version("live"), VersionReport{.role = "web", .version = "1.0.0"}});
  EXPECT_EQ(found.faults, std::vector<std::string>());
  EXPECT_EQ(found.types.at("exo_bus_commands_total"), "counter");
  EXPECT_EQ(found.types.at("exo_bus_queue_seconds"), "histogram");
  EXPECT_EQ(found.types.at("exo_version_instances_ready"), "gauge");
}

TEST(MetricsText, KeepsThemWhereNothingHasHappened) {
  EXPECT_EQ(exposition_of({}).faults, std::vector<std::string>());
}

TEST(MetricsText, TellsEachRoute) {
  const Exposition found = exposition_of({.routes = {route("todos.list")}});
  const std::map<std::string, std::string> labels{
      {"sender", "web"}, {"name", "todos.list"}, {"receiver", "todo"}, {"version", "0.0.1"}};
  EXPECT_EQ(found.value("exo_bus_commands_total", labels), 3);
  EXPECT_EQ(found.value("exo_bus_replies_total", labels), 4);
  EXPECT_EQ(found.value("exo_bus_redelivered_total", labels), 1);
  EXPECT_EQ(found.value("exo_bus_queued_commands", labels), 2);
  EXPECT_EQ(found.value("exo_bus_errors_total", {{"code", "handler-failed"}}), 6);
}

TEST(MetricsText, AHistogramIsInSeconds) {
  const Exposition found = exposition_of({.routes = {route("todos.list")}});
  EXPECT_EQ(found.value("exo_bus_queue_seconds_bucket", {{"le", "0.001024"}}), 0);
  EXPECT_EQ(found.value("exo_bus_queue_seconds_bucket", {{"le", "0.004096"}}), 1);
  EXPECT_EQ(found.value("exo_bus_queue_seconds_bucket", {{"le", "67.108864"}}), 2);
  EXPECT_EQ(found.value("exo_bus_queue_seconds_bucket", {{"le", "+Inf"}}), 3);
  EXPECT_DOUBLE_EQ(found.value("exo_bus_queue_seconds_sum"), 300.033);
  EXPECT_EQ(found.value("exo_bus_queue_seconds_count"), 3);
}

TEST(MetricsText, AHistogramThatHasCountedNothingIsLeftOut) {
  const std::string text = metrics_text({.routes = {route("todos.list")}}, {}, {});
  EXPECT_NE(text.find("# TYPE exo_bus_handling_seconds histogram"), std::string::npos);
  EXPECT_EQ(text.find("exo_bus_handling_seconds_count"), std::string::npos);
}

TEST(MetricsText, EscapesLabelsSoThatTheyComeBackAsTheyAre) {
  const std::string odd = "a \"b\" \\ c\nd ü";
  const Exposition found = exposition_of({.routes = {route(odd)}});
  EXPECT_EQ(found.faults, std::vector<std::string>());
  EXPECT_EQ(found.value("exo_bus_commands_total", {{"name", odd}}), 3);
}

TEST(MetricsText, BytesThatAreNoTextBreakNoScrape) {
  const std::string text = metrics_text({.routes = {route("a\xff")}}, {}, {});
  EXPECT_TRUE(is_utf8(text));
  EXPECT_NE(text.find(R"(name="a\\xff")"), std::string::npos);
}

TEST(MetricsText, TellsEachVersion) {
  const Exposition found = exposition_of({}, {version("live")});
  EXPECT_EQ(found.value("exo_version_gate_open", {{"role", "todo"}}), 1);
  EXPECT_EQ(found.value("exo_version_split_ratio", {{"role", "todo"}}), 0.25);
  EXPECT_EQ(found.value("exo_version_instances", {{"role", "todo"}}), 2);
  EXPECT_EQ(found.value("exo_version_instances_ready", {{"role", "todo"}}), 1);
  EXPECT_EQ(found.value("exo_version_restarts", {{"role", "todo"}}), 2);
  EXPECT_EQ(found.value("exo_version_state", {{"state", "live"}}), 1);
  EXPECT_EQ(found.value("exo_version_state", {{"state", "failed"}}), 0);
}

TEST(MetricsText, TellsTheProcess) {
  const ProcessFigures figures = figures_of_this_process(UnixTime{1'500'000'000});
  EXPECT_GT(figures.cpu.count(), 0);
  EXPECT_GT(figures.resident_bytes, 100'000U);
  EXPECT_GE(figures.virtual_bytes, figures.resident_bytes);
  EXPECT_GE(figures.open_files, 3U);
  EXPECT_GE(figures.open_files_limit, figures.open_files);
  const Exposition found = read_exposition(metrics_text({}, {}, figures));
  EXPECT_EQ(found.value("process_open_fds"), static_cast<double>(figures.open_files));
  EXPECT_EQ(found.value("process_start_time_seconds"), 1.5);
}

}  // namespace
}  // namespace exo

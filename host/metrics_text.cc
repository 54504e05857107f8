#include "host/metrics_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "bus/wire/header.h"

namespace exo {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string render(const Labels& labels) {
  if (labels.empty()) return "";
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    if (text.size() > 1) text += ",";
    text.append(name).append("=\"").append(label_value(value)).append("\"");
  }
  return text + "}";
}

Labels with(Labels labels, std::string_view name, std::string value) {
  labels.emplace_back(name, std::move(value));
  return labels;
}

// Exact, where a double would not be.
std::string seconds(std::chrono::nanoseconds duration) {
  constexpr std::int64_t kPerSecond = 1'000'000'000;
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%lld.%09lld",
                static_cast<long long>(duration.count() / kPerSecond),
                static_cast<long long>(duration.count() % kPerSecond));
  std::string number = text.data();
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return number;
}

std::string number(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.17g", value);
  return text.data();
}

// One family of samples, written line by line.
class Family {
 public:
  Family(std::string& out, std::string name, std::string_view type, std::string_view help)
      : out_(out), name_(std::move(name)) {
    out_.append("# HELP ").append(name_).append(" ").append(help).append("\n");
    out_.append("# TYPE ").append(name_).append(" ").append(type).append("\n");
  }

  void sample(const Labels& labels, const std::string& value, std::string_view ending = {}) {
    out_.append(name_).append(ending).append(render(labels)).append(" ").append(value).append("\n");
  }
  void sample(const Labels& labels, std::uint64_t value) { sample(labels, std::to_string(value)); }

  void histogram(const Labels& labels, const HistogramSummary& summary) {
    if (summary.count == 0) return;
    for (std::size_t i = 0; i < HistogramSummary::kBounds.size(); ++i) {
      sample(with(labels, "le", seconds(HistogramSummary::kBounds[i])), std::to_string(summary.within[i]),
             "_bucket");
    }
    sample(with(labels, "le", "+Inf"), std::to_string(summary.count), "_bucket");
    sample(labels, seconds(summary.sum), "_sum");
    sample(labels, std::to_string(summary.count), "_count");
  }

 private:
  std::string& out_;
  std::string name_;
};

Labels labels_of(const RouteTraffic& route) {
  return {{"sender", route.sender},
          {"name", route.name},
          {"receiver", route.receiver},
          {"version", route.version}};
}

void write_counters(std::string& out, const Traffic& traffic) {
  struct Counter {
    const char* name;
    const char* help;
    std::uint64_t RouteTraffic::*value;
  };
  constexpr std::array<Counter, 3> kCounters{
      {{"exo_bus_commands_total", "Commands delivered, or failed before they were.", &RouteTraffic::commands},
       {"exo_bus_replies_total", "Replies passed on; each page of a streamed one counts.",
        &RouteTraffic::replies},
       {"exo_bus_redelivered_total", "Commands given to another instance because theirs was lost.",
        &RouteTraffic::redelivered}}};
  for (const Counter& counter : kCounters) {
    Family family(out, counter.name, "counter", counter.help);
    for (const RouteTraffic& route : traffic.routes) family.sample(labels_of(route), route.*counter.value);
  }
  Family errors(out, "exo_bus_errors_total", "counter", "Commands that failed, by the code of their error.");
  for (const RouteTraffic& route : traffic.routes) {
    for (const auto& [code, count] : route.errors) errors.sample(with(labels_of(route), "code", code), count);
  }
  Family queued(out, "exo_bus_queued_commands", "gauge", "Commands that wait at the bus now.");
  for (const RouteTraffic& route : traffic.routes) queued.sample(labels_of(route), route.queued);
}

void write_histograms(std::string& out, const Traffic& traffic) {
  struct Latency {
    const char* name;
    const char* help;
    HistogramSummary RouteTraffic::*value;
  };
  constexpr std::array<Latency, 3> kLatencies{
      {{"exo_bus_queue_seconds", "From when the bus had a command until it was delivered.",
        &RouteTraffic::in_queue},
       {"exo_bus_handling_seconds", "From the delivery of a command until its handler had completed.",
        &RouteTraffic::handling},
       {"exo_bus_first_reply_seconds", "From when the bus had a command until its first reply came.",
        &RouteTraffic::first_reply}}};
  for (const Latency& latency : kLatencies) {
    Family family(out, latency.name, "histogram", latency.help);
    for (const RouteTraffic& route : traffic.routes) {
      family.histogram(labels_of(route), route.*latency.value);
    }
  }
}

Labels labels_of(const VersionReport& version) {
  return {{"role", version.role}, {"version", version.version}};
}

std::uint64_t ready_instances(const VersionReport& version) {
  return static_cast<std::uint64_t>(
      std::count_if(version.instances.begin(), version.instances.end(),
                    [](const InstanceReport& instance) { return instance.state == "ready"; }));
}

std::uint64_t restarts(const VersionReport& version) {
  std::uint64_t sum = 0;
  for (const InstanceReport& instance : version.instances) sum += instance.restarts;
  return sum;
}

void write_states(std::string& out, const std::vector<VersionReport>& versions) {
  std::vector<std::string> states{"staged",    "starting", "preparing", "shifting",
                                  "finishing", "live",     "failed"};
  for (const VersionReport& version : versions) {
    if (std::find(states.begin(), states.end(), version.state) == states.end())
      states.push_back(version.state);
  }
  Family family(out, "exo_version_state", "gauge", "1 for the state that the service version is in.");
  for (const VersionReport& version : versions) {
    for (const std::string& state : states) {
      family.sample(with(labels_of(version), "state", state), version.state == state ? 1 : 0);
    }
  }
}

void write_versions(std::string& out, const std::vector<VersionReport>& versions) {
  const auto gauge = [&](const char* name, const char* help,
                         const std::function<std::string(const VersionReport&)>& value) {
    Family family(out, name, "gauge", help);
    for (const VersionReport& version : versions) family.sample(labels_of(version), value(version));
  };
  gauge("exo_version_gate_open", "1 where the gate of the service version is open.",
        [](const VersionReport& version) { return version.gate == "open" ? "1" : "0"; });
  gauge("exo_version_split_ratio", "The share of what asks for no version.",
        [](const VersionReport& version) { return number(version.split); });
  gauge("exo_version_flagged", "1 where the version is live, but its online phase has failed.",
        [](const VersionReport& version) { return version.flagged ? "1" : "0"; });
  gauge("exo_version_instances", "Instances of the service version.",
        [](const VersionReport& version) { return std::to_string(version.instances.size()); });
  gauge("exo_version_instances_ready", "Instances of the service version that are ready.",
        [](const VersionReport& version) { return std::to_string(ready_instances(version)); });
  gauge("exo_version_restarts", "Restarts of the instances of the service version since the host began.",
        [](const VersionReport& version) { return std::to_string(restarts(version)); });
  write_states(out, versions);
}

void write_process(std::string& out, const ProcessFigures& process) {
  const auto one = [&](const char* name, const char* type, const char* help, const std::string& value) {
    Family(out, name, type, help).sample({}, value);
  };
  one("process_cpu_seconds_total", "counter", "User and system time of the host.", seconds(process.cpu));
  one("process_resident_memory_bytes", "gauge", "Memory of the host that is in use.",
      std::to_string(process.resident_bytes));
  one("process_virtual_memory_bytes", "gauge", "Address space of the host.",
      std::to_string(process.virtual_bytes));
  one("process_open_fds", "gauge", "Open file descriptors of the host.", std::to_string(process.open_files));
  one("process_max_fds", "gauge", "File descriptors that the host may open.",
      std::to_string(process.open_files_limit));
  one("process_start_time_seconds", "gauge", "When the host began, in seconds since 1970.",
      seconds(std::chrono::nanoseconds(process.began.nanoseconds)));
}

}  // namespace

std::string label_value(const std::string& text) {
  std::string escaped;
  for (const char letter : is_utf8(text) ? text : printable(text, kNameLimitBytes)) {
    if (letter == '\\' || letter == '"') escaped += '\\';
    if (letter == '\n') {
      escaped += "\\n";
    } else {
      escaped += letter;
    }
  }
  return escaped;
}

std::string metrics_text(const Traffic& traffic, const std::vector<VersionReport>& versions,
                         const ProcessFigures& process) {
  std::string out;
  write_counters(out, traffic);
  write_histograms(out, traffic);
  write_versions(out, versions);
  write_process(out, process);
  return out;
}

}  // namespace exo

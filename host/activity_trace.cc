#include "host/activity_trace.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/clock.h"
#include "base/text.h"
#include "bus/wire/header.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNanosecondsPerMillisecond = 1e6;

std::string text_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value && value->string() ? *value->string() : std::string();
}

std::uint64_t number_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value ? value->unsigned_integer().value_or(0) : 0;
}

TracedHop hop_from(const Value& map) {
  TracedHop hop;
  hop.number = number_at(map, "number");
  hop.parent = number_at(map, "parent");
  hop.cause_unknown = map.find("causeUnknown") != nullptr;
  hop.id = text_at(map, "id");
  hop.sender = text_at(map, "sender");
  hop.sender_version = text_at(map, "senderVersion");
  hop.name = text_at(map, "name");
  hop.receiver_name = text_at(map, "receiverName");
  hop.receiver = text_at(map, "receiver");
  hop.receiver_version = text_at(map, "receiverVersion");
  hop.taken = number_at(map, "taken");
  hop.delivered = number_at(map, "delivered");
  hop.handled = number_at(map, "handled");
  hop.first_reply = number_at(map, "firstReply");
  hop.last_reply = number_at(map, "lastReply");
  hop.failed = number_at(map, "failed");
  hop.reply = text_at(map, "reply");
  hop.replies = number_at(map, "replies");
  hop.deliveries = number_at(map, "deliveries");
  hop.code = text_at(map, "code");
  return hop;
}

// Only what came earlier can have caused a hop, so that there are no circles.
void grow_tree(ActivityTrace& trace) {
  std::unordered_map<std::uint64_t, std::size_t> places;
  for (std::size_t i = 0; i < trace.hops.size(); ++i) {
    const auto parent = places.find(trace.hops[i].parent);
    if (parent == places.end()) {
      trace.roots.push_back(i);
    } else {
      trace.hops[parent->second].children.push_back(i);
    }
    places.emplace(trace.hops[i].number, i);
  }
}

double milliseconds_between(std::uint64_t from, std::uint64_t to) {
  return to > from ? static_cast<double>(to - from) / kNanosecondsPerMillisecond : 0;
}

std::string to_text(double milliseconds) {
  std::array<char, 64> text{};
  if (milliseconds < 1000) {
    std::snprintf(text.data(), text.size(), "%.1f ms", milliseconds);
  } else {
    std::snprintf(text.data(), text.size(), "%.2f s", milliseconds / 1000);
  }
  return text.data();
}

std::string text_between(std::uint64_t from, std::uint64_t to) {
  return to_text(milliseconds_between(from, to));
}

// "handled", "failed", "running" or "queued": what a command has come to.
const char* state_of(const TracedHop& hop) {
  if (hop.failed != 0) return "failed";
  if (hop.handled != 0) return "handled";
  return hop.delivered != 0 ? "running" : "queued";
}

Json to_json(const ActivityTrace& trace, const TracedHop& hop, std::uint64_t start) {
  Json json{{"id", hop.id},
            {"at", to_rfc3339(UnixTime{hop.taken})},
            {"after_ms", milliseconds_between(start, hop.taken)},
            {"sender", hop.sender},
            {"name", hop.name},
            {"state", state_of(hop)}};
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  const auto span = [&](const char* key, std::uint64_t from, std::uint64_t to) {
    if (from != 0 && to != 0) json[key] = milliseconds_between(from, to);
  };
  text("sender_version", hop.sender_version);
  text("receiver", hop.receiver);
  text("receiver_name", hop.receiver_name);
  text("receiver_version", hop.receiver_version);
  span("queued_ms", hop.taken, hop.delivered);
  span("handling_ms", hop.delivered, hop.handled);
  text("code", hop.code);
  span("failed_after_ms", hop.taken, hop.failed);
  if (hop.replies > 0) json["replies"] = hop.replies;
  text("reply", hop.reply);
  span("first_reply_ms", hop.taken, hop.first_reply);
  span("last_reply_ms", hop.taken, hop.last_reply);
  if (hop.deliveries > 1) json["redelivered"] = hop.deliveries - 1;
  if (hop.cause_unknown) json["cause_unknown"] = true;
  Json commands = Json::array();
  for (const std::size_t child : hop.children) commands.push_back(to_json(trace, trace.hops[child], start));
  json["commands"] = std::move(commands);
  return json;
}

std::string with_version(const std::string& role, const std::string& version) {
  return version.empty() ? role : role + "@" + version;
}

std::string flow_of(const TracedHop& hop) {
  const std::string name = printable(hop.name, kNameLimitBytes);
  return render_flow(hop.sender, name,
                     hop.receiver_name.empty() ? name : printable(hop.receiver_name, kNameLimitBytes),
                     hop.receiver.empty() ? "(nobody)" : with_version(hop.receiver, hop.receiver_version));
}

std::string outcome_of(const TracedHop& hop, std::uint64_t now_ns) {
  std::vector<std::string> parts;
  if (hop.delivered == 0 && hop.failed == 0) parts.push_back("queued for " + text_between(hop.taken, now_ns));
  if (hop.delivered != 0) parts.push_back("queued " + text_between(hop.taken, hop.delivered));
  if (hop.deliveries > 1) parts.push_back("delivered " + std::to_string(hop.deliveries) + " times");
  if (hop.handled != 0) parts.push_back("handled in " + text_between(hop.delivered, hop.handled));
  if (hop.delivered != 0 && hop.handled == 0 && hop.failed == 0) {
    parts.push_back("running for " + text_between(hop.delivered, now_ns));
  }
  if (hop.replies > 0) {
    std::string reply =
        printable(hop.reply, kNameLimitBytes) + " after " + text_between(hop.taken, hop.first_reply);
    if (hop.replies > 1) reply += ", " + std::to_string(hop.replies) + " replies or pages";
    if (hop.replies > 1 && hop.last_reply != 0) reply += " until " + text_between(hop.taken, hop.last_reply);
    parts.push_back(std::move(reply));
  }
  if (hop.failed != 0) {
    parts.push_back("failed after " + text_between(hop.taken, hop.failed) + ": " +
                    printable(hop.code, kNameLimitBytes));
  }
  if (hop.cause_unknown) parts.emplace_back("what caused it is not remembered");
  return join(parts, ", ");
}

// Each command with what stands before it: the lines of the tree.
struct Branch {
  std::size_t hop = 0;
  std::string before;        // its own line
  std::string before_below;  // those of its commands
};

std::string tree_of(const ActivityTrace& trace, std::uint64_t now_ns) {
  const std::uint64_t start = trace.hops.empty() ? 0 : trace.hops.front().taken;
  std::vector<Branch> open;
  for (auto root = trace.roots.rbegin(); root != trace.roots.rend(); ++root) open.push_back({*root, "", ""});
  std::string text;
  while (!open.empty()) {
    const Branch branch = std::move(open.back());
    open.pop_back();
    const TracedHop& hop = trace.hops[branch.hop];
    text += branch.before + flow_of(hop) + "  +" + text_between(start, hop.taken) + ": " +
            outcome_of(hop, now_ns) + "\n";
    for (auto child = hop.children.rbegin(); child != hop.children.rend(); ++child) {
      const bool last = child == hop.children.rbegin();
      open.push_back({*child, branch.before_below + (last ? "└─ " : "├─ "),
                      branch.before_below + (last ? "   " : "│  ")});
    }
  }
  return text;
}

}  // namespace

Result<ActivityTrace> trace_from_value(const std::string& activity, const Value& answer) {
  const Value* hops = answer.find("hops");
  if (!hops || !hops->list()) return Error{"malformed", "the host's trace is not as documented"};
  ActivityTrace trace;
  trace.activity = activity;
  for (const Value& hop : *hops->list()) trace.hops.push_back(hop_from(hop));
  trace.left_out = number_at(answer, "leftOut");
  trace.overwritten = number_at(answer, "overwritten");
  trace.reaches_back_to = number_at(answer, "reachesBackTo");
  grow_tree(trace);
  return trace;
}

std::string to_json(const ActivityTrace& trace) {
  const std::uint64_t start = trace.hops.empty() ? 0 : trace.hops.front().taken;
  Json commands = Json::array();
  for (const std::size_t root : trace.roots) commands.push_back(to_json(trace, trace.hops[root], start));
  return Json{
      {"activity", trace.activity},
      {"left_out", trace.left_out},
      {"overwritten", trace.overwritten},
      {"reaches_back_to",
       trace.reaches_back_to == 0 ? Json(nullptr) : Json(to_rfc3339(UnixTime{trace.reaches_back_to}))},
      {"commands", std::move(commands)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_tree(const ActivityTrace& trace, std::uint64_t now_ns) {
  std::string text = tree_of(trace, now_ns);
  if (trace.left_out > 0) {
    text += std::to_string(trace.left_out) + " further commands of this activity are left out\n";
  }
  if (trace.overwritten > 0) {
    text += "what the bus took before " + to_rfc3339(UnixTime{trace.reaches_back_to}) +
            " is overwritten: it remembers only so many commands\n";
  }
  return text;
}

}  // namespace exo

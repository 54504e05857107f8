// What `exo status` shows: the fleet as the host sees it, or as the ledger left it when no host runs.
//
// The JSON form is a contract with machines (keys may be added, never changed):
//   {"application","environment","host":{"pid","since","bus","answers","trouble"}|null,
//    "services":[{"role","version","state","gate","split","flagged","in_application","reason",
//                 "instances":[{"id","pid","state","restarts","port"}],
//                 "scripts":{"offline":{"state","run","attempt","reason","decision","paused","throttled","rate","slowed","progress","done","total","note",
//                                        "per_second","left_ms","quiet_ms","pace",
//                                        "locks":[{"key","state","number","held_by"}]},"online":{…}}}],
//    "traffic":[…]|null}                                             host/traffic_report.h
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/line_style.h"

namespace exo {

struct HostReport {
  std::int64_t pid = 0;
  std::string since;    // RFC 3339
  std::string bus;      // endpoint; empty exactly when the host does not answer yet, or not any more
  std::string trouble;  // why nothing can be recorded just now; empty: all is well
};

struct InstanceReport {
  std::string id;
  std::int64_t pid = 0;  // 0: no process just now
  std::string state;
  std::uint64_t restarts = 0;
  std::uint16_t port = 0;  // 0: none
  std::string lacking;     // why it is not ready although it runs; empty where nothing is known
};

// A lock that a running script has, or waits for.
struct LockReport {
  std::string key;
  std::uint64_t number = 0;  // of the grant; 0: it waits
  // While it waits: the role on the bus of who has it, or an instance of an earlier host that may have it.
  std::string held_by;
};

// How a running script gets on, as it was seen a moment ago.
struct PaceReport {
  std::optional<double> done;  // where it says how far it is
  std::optional<double> total;
  std::string note;
  std::optional<double> per_second;
  std::optional<std::int64_t> left_ms;
  std::int64_t quiet_ms = 0;  // since it has moved a message or said something
  std::string text;           // for people: "8,100/s, 4.0 s left"; may be empty
};

struct PhaseReport {
  std::string state = "none";
  std::string run;                   // empty: none
  std::uint64_t attempt = 0;         // 0: none
  std::string reason;                // non-empty exactly when the last attempt failed or was interrupted
  std::string progress;              // "1200 of 60000", empty when the script says nothing
  std::string decision;              // a person's since the last attempt; empty: none
  std::string paused{};              // "by kim: it slows the shop down"; empty: it is not
  std::string throttled{};           // likewise, of a person's decision about its rate
  std::string rate{};                // of its commands, "100/s", by all that bounds it; empty: not bounded
  std::string throttled_to{};        // by a person's decision; empty exactly when `throttled` is
  std::string slowed{};              // why its settings slow it down just now; empty: they do not
  std::optional<PaceReport> pace{};  // while it runs
  std::vector<LockReport> locks{};   // by key
};

struct VersionReport {
  std::string role;
  std::string version;
  std::string state;
  std::string gate;
  double split = 0;
  bool flagged = false;        // live, but its online phase has failed
  bool in_application = true;  // false: introduced once, and taken out of the application since
  std::string reason;          // of a failed version
  std::vector<InstanceReport> instances;
  PhaseReport offline;
  PhaseReport online;
  PhaseReport undo;    // "none" where nobody has decided it
  PhaseReport verify;  // the last verification; "none" where none was made
};

struct StatusReport {
  std::string application;
  std::string environment;
  std::optional<HostReport> host;
  std::vector<VersionReport> services;
  std::string traffic;  // JSON of traffic_to_json(); empty: no host knows
};

// Who, or what, slows it down, and why, each as behind "it is": "slowed to 20/s: todos.list p99 83 ms > 50
// ms", "throttled to 100/s by kim: it slows the shop down".
std::vector<std::string> paces_of(const PhaseReport& phase);

std::string to_json(const StatusReport& report);
// Reads what to_json() wrote; Error `malformed` when it is something else. Unknown keys are ignored.
Result<StatusReport> status_from_json(const std::string& text);

// How wide a table may be, in characters, and whether states have colours.
struct TableStyle {
  std::size_t width = 0;
  ColorMode colors = ColorMode::kPlain;
};

// A table for people, at most as wide as the style says as long as the names leave room: cells in the other
// columns are cut with "…". Each line ends in '\n'.
std::string to_table(const StatusReport& report, const TableStyle& style);

}  // namespace exo

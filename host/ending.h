// How a host comes to its end. Pure: it is told what happened and what time it is, and says what to do.
//
//     serving ── begin() ──▶ ending scripts ── they are recorded, or it is too late ──▶ ending services
//        │                         │ the services go on                              the last is gone │
//        └── finish() ────────────▶ ended ◀───────────────────────────────────────────────────────────┘
//
// The end is recorded when the scripts' ends are, before anything else happens to the services, and once.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace exo {

// What becomes of the services of a host that stops.
enum class ServicesAtStop { kEnd, kGoOn };

// Used by one thread at a time; a value.
class Ending {
 public:
  // How long stopping waits for scripts to be ended and recorded; what is not recorded by then is found
  // interrupted by the next host.
  static constexpr std::chrono::seconds kScriptsEndWithin{15};

  struct Facts {
    bool scripts_recorded = false;  // no attempt runs, and the ledger holds how each ended
    bool services_gone = false;
    bool ledger_lost = false;  // nothing can be recorded any more
  };
  // To be done in this order.
  struct Duty {
    enum class Services { kNone, kEnd, kEndAtOnce };
    bool records = false;  // that the host stops; never with a lost ledger
    Services services = Services::kNone;

    bool is_any() const { return records || services != Services::kNone; }
    bool operator==(const Duty&) const = default;
  };

  bool serves() const { return stage_ == Stage::kServing; }
  bool has_ended() const { return stage_ == Stage::kEnded; }
  // What becomes of the services; of meaning once it serves no more.
  ServicesAtStop services() const { return services_; }
  // When to look again although nothing has happened.
  std::optional<MonotonicTime> look_at() const { return scripts_end_by_; }

  // It is to serve no more. Only while it serves.
  void begin(ServicesAtStop services, MonotonicTime now);
  // What is due now; to be asked again until nothing is.
  Duty look(const Facts& facts, MonotonicTime now);
  // Somebody waits no longer. Only when it serves no more.
  Duty hurry(const Facts& facts);
  // There is nothing left to end, whatever it was about: the keeper is gone, or has ended everything.
  void finish() { stage_ = Stage::kEnded; }

 private:
  enum class Stage { kServing, kEndingScripts, kEndingServices, kEnded };

  Duty leave_scripts(const Facts& facts, Duty::Services services);

  Stage stage_ = Stage::kServing;
  ServicesAtStop services_ = ServicesAtStop::kEnd;
  std::optional<MonotonicTime> scripts_end_by_;
};

}  // namespace exo

// The processes of the soak: a broker, and senders and receivers that come and go.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/load/bus_process.h"
#include "tests/load/process.h"
#include "tests/soak/account.h"
#include "tests/soak/memory_track.h"
#include "tests/soak/schedule.h"
#include "tests/soak/sender.h"

namespace exo::soak {

// Three places each of "web", which sends everything, of "desk", and of "store", which takes its messages at
// least once. The first of each keeps its instance.
std::vector<Place> places_of_the_fleet();

// Starts everybody when it is made; kills who is left when destroyed. To be used in a process without
// threads.
class Fleet {
 public:
  explicit Fleet(std::uint64_t seed);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Returns when it is done: after a drain that is when the instance has ended, within some seconds.
  void perform(const Schedule::Next& next);
  // Notes who has ended without being told to.
  void look_after();
  // Takes a sample of the broker's memory and of those that keep their instance.
  void sample_memory();
  // Lets all senders have their outcomes and leave, and then the receivers.
  void finish();

  std::uint64_t sent() const { return control_.sent; }
  // What was not as it should be with the processes; empty when all is well.
  const std::vector<std::string>& faults() const { return faults_; }
  // Of everything until now; complete after finish().
  Account account() const;
  std::uint64_t performed(Deed deed) const { return performed_.at(static_cast<std::size_t>(deed)); }
  // Instances of "desk" whose messages may have ended with them.
  std::uint64_t lost_receivers() const { return lost_receivers_; }
  const MemoryTrack& broker_memory() const { return broker_memory_; }
  std::size_t broker_peak() const { return bus_.process().peak_resident_bytes(); }
  std::size_t broker_memory_now() const { return bus_.process().resident_bytes(); }
  // By place; empty for those that do not keep their instance.
  const MemoryTrack& memory_of(std::size_t place) const { return inhabitants_.at(place).memory; }

 private:
  struct Inhabitant {
    std::string instance;
    std::uint32_t sender = 0;
    std::unique_ptr<Process> process;
    MemoryTrack memory;
  };

  void settle(std::size_t place);
  void replace(std::size_t place);
  void drain(std::size_t place);
  // Whether it ends within the time given; who does not, or not well, is a fault.
  void await_end(Inhabitant& who, std::chrono::seconds patience);
  bool is_sender(std::size_t place) const { return places_[place].role == "web"; }
  std::string journal_of(const std::string& instance) const;

  std::uint64_t seed_;
  std::vector<Place> places_ = places_of_the_fleet();
  Control& control_;
  BusProcess bus_;
  std::vector<Inhabitant> inhabitants_{places_.size()};
  std::vector<std::string> journals_;
  std::vector<std::uint32_t> killed_senders_;
  std::vector<std::string> faults_;
  std::array<std::uint64_t, kDeeds> performed_{};
  std::uint64_t lost_receivers_ = 0;
  std::uint32_t lives_ = 0;
  MemoryTrack broker_memory_;
};

}  // namespace exo::soak

#include "tests/soak/fleet.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <new>
#include <thread>

#include "base/check.h"
#include "base/clock.h"
#include "tests/soak/receiver.h"

namespace exo::soak {
namespace {

// Of a receiver that is drained: its askers may be stopped, and never take their answers.
constexpr std::chrono::milliseconds kCloseTimeout{1000};
constexpr std::chrono::seconds kDrainPatience{30};
// For the outcome of everything that is under way at the end.
constexpr std::chrono::seconds kPatience{120};
constexpr std::chrono::milliseconds kLook{5};

Control& shared_control() {
  void* memory = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXO_CHECK(memory != MAP_FAILED);
  return *new (memory) Control{};
}

BusFleet bus_fleet() {
  BusFleet fleet{.plan = {.position = 1}, .instances = {}};
  const std::vector<std::string> desk = {"desk.note", "desk.ask", "desk.list", "desk.slow", "desk.fail"};
  const std::vector<std::string> store = {"store.put", "store.ask"};
  std::vector<std::string> all = desk;
  all.insert(all.end(), store.begin(), store.end());
  all.emplace_back("nobody.hears");
  const auto add = [&fleet](VersionRoutes routes) {
    routes.version = "1.0.0";
    routes.gate = Gate::kOpen;
    routes.share = 1;
    fleet.plan.versions.push_back(std::move(routes));
  };
  add({.role = "web", .sends = all});
  add({.role = "desk", .receives = desk});
  add({.role = "store", .receives = store, .at_least_once = store});
  return fleet;
}

// What a child does, and the exit code that tells how it went.
void live(const std::string& instance, const std::function<void()>& life) {
  try {
    life();
    ::_exit(0);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", instance.c_str(), failure.what());
    ::_exit(1);
  }
}

}  // namespace

std::vector<Place> places_of_the_fleet() {
  std::vector<Place> places;
  for (const std::string role : {"web", "desk", "store"}) {
    for (int i = 0; i < 3; ++i) {
      places.push_back({.role = role, .keeps_its_instance = i == 0, .drains = role != "web"});
    }
  }
  return places;
}

Fleet::Fleet(std::uint64_t seed) : seed_(seed), control_(shared_control()), bus_(bus_fleet()) {
  for (std::size_t place = 0; place < places_.size(); ++place) settle(place);
}

Fleet::~Fleet() {
  inhabitants_.clear();
  ::munmap(&control_, sizeof(Control));
}

std::string Fleet::journal_of(const std::string& instance) const {
  return bus_.folder().string() + "/" + instance + ".journal";
}

void Fleet::settle(std::size_t place) {
  Inhabitant& who = inhabitants_[place];
  who.sender = ++lives_;
  who.instance = places_[place].role + "-" + std::to_string(place) + "." + std::to_string(who.sender);
  bus_.admit(who.instance);
  const std::string journal = journal_of(who.instance);
  journals_.push_back(journal);
  RelayOptions options = bus_.options(who.instance);
  if (!is_sender(place)) options.close_timeout = kCloseTimeout;
  who.process = std::make_unique<Process>([&] {
    live(who.instance, [&] {
      if (!is_sender(place)) return receive_messages(options, journal);
      send_messages({.relay = options, .number = who.sender, .seed = seed_ + who.sender, .journal = journal},
                    control_);
    });
  });
}

void Fleet::replace(std::size_t place) {
  Inhabitant& who = inhabitants_[place];
  if (is_sender(place)) killed_senders_.push_back(who.sender);
  if (places_[place].role == "desk") ++lost_receivers_;
  who.process->kill();
  bus_.dismiss(who.instance);
  settle(place);
}

void Fleet::perform(const Schedule::Next& next) {
  Inhabitant& who = inhabitants_[next.place];
  ++performed_.at(static_cast<std::size_t>(next.deed));
  switch (next.deed) {
    case Deed::kKill:
      return replace(next.place);
    case Deed::kStop:
      return who.process->stop();
    case Deed::kGoOn:
      return who.process->go_on();
    case Deed::kDrain:
      who.process->terminate();
      await_end(who, kDrainPatience);
      return replace(next.place);
  }
}

void Fleet::await_end(Inhabitant& who, std::chrono::seconds patience) {
  const MonotonicTime until = monotonic_now() + patience;
  while (!who.process->status()) {
    if (monotonic_now() > until) return faults_.push_back(who.instance + " does not end");
    std::this_thread::sleep_for(kLook);
  }
  const int status = *who.process->status();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    faults_.push_back(who.instance + " has ended with the wait status " + std::to_string(status));
  }
}

void Fleet::look_after() {
  for (Inhabitant& who : inhabitants_) {
    if (!who.process->status()) continue;
    faults_.push_back(who.instance + " has ended without being told to");
  }
  if (bus_.process().status()) faults_.emplace_back("the broker has ended");
}

void Fleet::sample_memory() {
  broker_memory_.add(broker_memory_now());
  for (std::size_t place = 0; place < places_.size(); ++place) {
    Inhabitant& who = inhabitants_[place];
    if (places_[place].keeps_its_instance) who.memory.add(who.process->resident_bytes());
  }
}

void Fleet::finish() {
  control_.ending = true;
  for (Inhabitant& who : inhabitants_) who.process->go_on();
  for (std::size_t place = 0; place < places_.size(); ++place) {
    if (is_sender(place)) await_end(inhabitants_[place], kPatience);
  }
  for (std::size_t place = 0; place < places_.size(); ++place) {
    if (is_sender(place)) continue;
    inhabitants_[place].process->terminate();
    await_end(inhabitants_[place], kDrainPatience);
  }
}

Account Fleet::account() const {
  Account account;
  for (const std::uint32_t sender : killed_senders_) account.sender_killed(sender);
  for (const std::string& journal : journals_) {
    if (std::filesystem::exists(journal))  // else its process was killed before it had begun
      read_journal(journal, [&](const Record& record) { account.take(record); });
  }
  return account;
}

}  // namespace exo::soak

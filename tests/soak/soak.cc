#include "tests/soak/soak.h"

#include <cstdio>
#include <optional>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/duration.h"
#include "bus/relays/cpp/relay.h"
#include "tests/soak/fleet.h"

namespace exo::soak {
namespace {

using std::chrono::milliseconds;

// One deed for so many messages; where all wait for somebody who is stopped, one each half second.
constexpr std::uint64_t kMessagesPerDeed = 2000;
constexpr milliseconds kDeedPatience{500};
// However quick the messages are, so that a short soak has deeds of each kind.
constexpr std::uint64_t kFewestDeeds = 24;
constexpr milliseconds kTick{5};
constexpr milliseconds kBetweenSamples{250};
constexpr milliseconds kBetweenLines{10'000};

// By then the bus remembers as many hops, and the instances of as many activities (a million), and each relay
// as many commands and ids, as it ever will.
constexpr std::uint64_t kWarmUpMessages = 1'500'000;
// What is never freed would show: over the three million messages between the two quarters it is three bytes
// each. What is only in use for a while (the queues of a receiver that is stopped) moves the median less.
constexpr std::size_t kFlatBound = 8U * 1024 * 1024;
// A sender has no more in use in the end, but its allocator holds free memory between small texts that it
// keeps and payloads of all sizes, and finds its level slowly.
constexpr std::size_t kFlatRelayBound = 16U * 1024 * 1024;
// What the bus remembers of activities (28 MiB) and hops (7 MiB), what may wait for a role that is stopped
// (32 MiB), and the program with what is in its sockets.
constexpr std::size_t kPeakBound = 128U * 1024 * 1024;
// What one instance may have under way, so what may be lost with it.
const std::uint64_t kWindow = RelayOptions().window;

std::string mebibytes(std::size_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f MiB", static_cast<double>(bytes) / 1024 / 1024);
  return text.data();
}

// The course of one soak.
class Course {
 public:
  explicit Course(const SoakOptions& options)
      : options_(options), schedule_(places_of_the_fleet(), options.seed), fleet_(options.seed) {}

  void run() {
    while (!is_over() && fleet_.faults().empty()) {
      std::this_thread::sleep_for(kTick);
      fleet_.look_after();
      perform_what_is_due();
      sample();
      tell_progress();
    }
    fleet_.finish();
    took_ = monotonic_now() - began_;
  }

  const Fleet& fleet() const { return fleet_; }
  const Schedule& schedule() const { return schedule_; }
  MonotonicTime::duration took() const { return took_; }

 private:
  bool is_over() const {
    return deeds_ >= kFewestDeeds && fleet_.sent() >= options_.messages &&
           monotonic_now() - began_ >= options_.time;
  }

  void perform_what_is_due() {
    const MonotonicTime now = monotonic_now();
    const std::uint64_t sent = fleet_.sent();
    if (sent < sent_at_deed_ + kMessagesPerDeed && now < last_deed_ + kDeedPatience) return;
    sent_at_deed_ = sent;
    last_deed_ = now;
    ++deeds_;
    fleet_.perform(schedule_.next());
  }

  void sample() {
    const MonotonicTime now = monotonic_now();
    if (fleet_.sent() < kWarmUpMessages || now < last_sample_ + kBetweenSamples) return;
    last_sample_ = now;
    fleet_.sample_memory();
  }

  void tell_progress() {
    const MonotonicTime now = monotonic_now();
    if (!options_.tells_progress || now < last_line_ + kBetweenLines) return;
    last_line_ = now;
    std::printf("%6.0f s  %9llu messages  %4llu killed, %llu stopped, %llu drained  broker %s\n",
                std::chrono::duration<double>(now - began_).count(),
                static_cast<unsigned long long>(fleet_.sent()), deeds(Deed::kKill), deeds(Deed::kStop),
                deeds(Deed::kDrain), mebibytes(fleet_.broker_memory_now()).c_str());
    std::fflush(stdout);
  }
  unsigned long long deeds(Deed deed) const { return fleet_.performed(deed); }

  SoakOptions options_;
  Schedule schedule_;
  Fleet fleet_;
  MonotonicTime began_ = monotonic_now();
  MonotonicTime last_deed_ = began_;
  MonotonicTime last_sample_ = began_;
  MonotonicTime last_line_ = began_;
  MonotonicTime::duration took_{};
  std::uint64_t sent_at_deed_ = 0;
  std::uint64_t deeds_ = 0;
};

// Makes the report of a course that is over.
class Reporter {
 public:
  explicit Reporter(const Course& course)
      : course_(course), fleet_(course.fleet()), account_(fleet_.account()), counts_(account_.counts()) {}

  SoakReport report() {
    tell_kinds();
    tell_totals();
    check_processes();
    check_messages();
    check_deeds();
    check_losses();
    check_memory();
    return std::move(report_);
  }

 private:
  void line(const std::string& text) { report_.table += text + "\n"; }
  void check(std::string words, std::vector<std::string> breaches) {
    report_.checks.push_back({std::move(words), std::move(breaches)});
  }
  static std::vector<std::string> unless(bool holds, std::string breach) {
    return holds ? std::vector<std::string>() : std::vector<std::string>{std::move(breach)};
  }

  void tell_kinds() {
    std::array<char, 200> text{};
    std::snprintf(text.data(), text.size(), "%-26s %9s %9s %11s %9s  %s", "messages", "sent", "handled",
                  "redelivered", "answered", "failed");
    line(text.data());
    for (std::size_t kind = 0; kind < kMessageKinds; ++kind) {
      const KindCount& count = counts_.at(kind);
      std::snprintf(text.data(), text.size(), "%-26s %9llu %9llu %11llu %9llu",
                    std::string(rules_of(static_cast<MessageKind>(kind)).words).c_str(), wide(count.sent),
                    wide(count.handled), wide(count.redelivered), wide(count.answered));
      line(text.data() + failures(count));
    }
  }
  static unsigned long long wide(std::uint64_t number) { return number; }
  static std::string failures(const KindCount& count) {
    std::string text;
    for (std::size_t code = 0; code < kFailures.size(); ++code) {
      if (count.failed.at(code) == 0) continue;
      text += "  " + std::string(kFailures.at(code)) + " " + std::to_string(count.failed.at(code));
    }
    return text;
  }

  void tell_totals() {
    const double seconds = std::chrono::duration<double>(course_.took()).count();
    line(std::to_string(fleet_.sent()) + " messages in " + format_duration(course_.took()) + ", " +
         std::to_string(static_cast<std::uint64_t>(static_cast<double>(fleet_.sent()) / seconds)) + " /s");
    line(std::to_string(fleet_.performed(Deed::kKill)) + " instances killed, " +
         std::to_string(fleet_.performed(Deed::kDrain)) + " drained, " +
         std::to_string(fleet_.performed(Deed::kStop)) + " stopped for a while");
    line("broker: " + memory(fleet_.broker_memory()) + ", peak " + mebibytes(fleet_.broker_peak()));
    for_each_kept([this](const std::string& role, const MemoryTrack& track) {
      line(role + ": " + memory(track) + ", peak " + mebibytes(track.peak()));
    });
  }
  static std::string memory(const MemoryTrack& track) {
    if (!track.is_long_enough()) return "too short to tell whether its memory is flat";
    return mebibytes(track.at_first()) + " after the warm-up, " + mebibytes(track.at_last()) + " at the end";
  }
  template <typename Function>
  void for_each_kept(Function function) const {
    const auto& places = course_.schedule().places();
    for (std::size_t place = 0; place < places.size(); ++place) {
      if (places[place].keeps_its_instance) function(places[place].role, fleet_.memory_of(place));
    }
  }

  void check_processes() { check("no process ended by itself, each ended when told to", fleet_.faults()); }

  void check_messages() {
    auto breaches = account_.breaches();
    for (std::size_t i = 0; i < kPromises; ++i) {
      const auto promise = static_cast<Promise>(i);
      check(std::string(words_for(promise)), std::move(breaches[promise]));
    }
    std::vector<std::string> unseen;
    for (std::size_t kind = 0; kind < kMessageKinds; ++kind) {
      if (counts_.at(kind).sent == 0) unseen.emplace_back(rules_of(static_cast<MessageKind>(kind)).words);
    }
    check("messages of each kind were sent", unseen);
  }

  void check_deeds() {
    std::uint64_t fewest = fleet_.performed(Deed::kKill);
    for (const Deed deed : {Deed::kStop, Deed::kGoOn, Deed::kDrain}) {
      fewest = std::min(fewest, fleet_.performed(deed));
    }
    check("instances were killed, stopped, continued and drained", unless(fewest > 0, "not all of it"));
  }

  // Of each desk that was lost at most what it had under way.
  void check_losses() {
    std::uint64_t lost = 0;
    for (const KindCount& count : counts_) {
      lost += count.failed.at(static_cast<std::size_t>(Failure::kReceiverLost));
    }
    const std::uint64_t bound = fleet_.lost_receivers() * kWindow;
    check("no more was lost than its receivers had under way",
          unless(lost <= bound, std::to_string(lost) + " with " + std::to_string(fleet_.lost_receivers()) +
                                    " receivers of at most " + std::to_string(kWindow) + " each"));
  }

  void check_memory() {
    check("the broker's memory is bounded",
          unless(fleet_.broker_peak() < kPeakBound, mebibytes(fleet_.broker_peak())));
    check_flat("the broker", fleet_.broker_memory(), kFlatBound);
    for_each_kept([this](const std::string& role, const MemoryTrack& track) {
      check_flat(role, track, kFlatRelayBound);
    });
  }
  void check_flat(const std::string& who, const MemoryTrack& track, std::size_t bound) {
    if (!track.is_long_enough()) return;
    check("the memory of " + who + " is flat", unless(track.is_flat(bound), memory(track)));
  }

  const Course& course_;
  const Fleet& fleet_;
  Account account_;
  std::array<KindCount, kMessageKinds> counts_;
  SoakReport report_;
};

}  // namespace

SoakReport soak(const SoakOptions& options) {
  Course course(options);
  course.run();
  return Reporter(course).report();
}

}  // namespace exo::soak

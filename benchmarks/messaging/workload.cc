#include "benchmarks/messaging/workload.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <vector>

#include "base/clock.h"
#include "benchmarks/messaging/numbered_payload.h"

namespace exo::messaging {

namespace {

using std::chrono::nanoseconds;

// Messages that one of many senders sends before the next has its turn.
constexpr int kBurst = 128;

// Processor time of all threads that the process has and had.
nanoseconds processor_time_of(pid_t process) {
  if (process == 0) return {};
  clockid_t clock = 0;
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    throw std::runtime_error("the broker has gone");
  }
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

// From its making to its end, on both clocks.
class Stopwatch {
 public:
  explicit Stopwatch(pid_t broker) : broker_(broker) { restart(); }

  void restart() {
    processor_ = processor_time_of(broker_);
    start_ = monotonic_now();
  }
  double seconds() const { return std::chrono::duration<double>(monotonic_now() - start_).count(); }
  double broker_seconds() const {
    return std::chrono::duration<double>(processor_time_of(broker_) - processor_).count();
  }

 private:
  pid_t broker_;
  nanoseconds processor_{};
  MonotonicTime start_;
};

void say_ready() {
  std::puts("ready");
  std::fflush(stdout);
}

void ask(const Workload& workload) {
  struct Open {
    MonotonicTime asked;
    bool answered = true;
  };
  NumberedPayload payload(workload.size);
  std::vector<Open> open(workload.window);  // by number modulo window
  std::vector<std::uint32_t> latencies;
  latencies.reserve(1'000'000);
  std::uint64_t asked = 0;
  std::uint64_t answered = 0;
  const auto on_answer = [&](std::uint64_t number, std::string_view bytes) {
    Open& request = open[number % workload.window];
    const bool expected = !request.answered && number < asked && number + workload.window >= asked;
    if (payload.check(bytes).number != number || !expected) {
      throw std::runtime_error("an answer to request " + std::to_string(number) + " that nobody waits for");
    }
    request.answered = true;
    ++answered;
    latencies.push_back(static_cast<std::uint32_t>(nanoseconds(monotonic_now() - request.asked).count()));
  };
  const auto link = open_link(workload.place, {.on_answer = on_answer, .on_message = nullptr});
  say_ready();
  const auto ask_until = [&](MonotonicTime end) {
    while (monotonic_now() < end) {
      for (; open[asked % workload.window].answered; ++asked) {
        open[asked % workload.window] = {monotonic_now(), false};
        link->ask(asked, payload.make({.number = asked}));
      }
      link->turn(Wait::kForSomething);
    }
    while (answered < asked) link->turn(Wait::kForSomething);
  };
  ask_until(monotonic_now() + workload.warm_up);
  latencies.clear();
  Stopwatch watch(workload.broker);
  ask_until(monotonic_now() + workload.time);
  const double seconds = watch.seconds();
  const double broker_seconds = watch.broker_seconds();
  if (latencies.empty()) throw std::runtime_error("no answer");
  std::sort(latencies.begin(), latencies.end());
  const auto count = static_cast<double>(latencies.size());
  const auto quantile_us = [&](double part) {
    return latencies[static_cast<std::size_t>(part * (count - 1))] / 1000.0;
  };
  std::printf("{\"count\": %.0f, \"p50\": %.3f, \"p99\": %.3f, \"rate\": %.1f, \"processor\": %.4f}\n", count,
              quantile_us(0.5), quantile_us(0.99), count / seconds, broker_seconds * 1e6 / count);
}

void answer(const Workload& workload) {
  const auto link = open_link(workload.place, {});
  say_ready();
  while (true) link->turn(Wait::kForSomething);
}

// One of the senders of a process.
struct Sender {
  std::unique_ptr<Link> link;
  std::uint32_t index = 0;
  std::uint64_t next = 0;
  bool said_last = false;

  // Sends a burst, or its last message.
  void go_on(NumberedPayload& payload, bool last) {
    for (int i = 0; i < kBurst && !said_last; ++i) {
      if (!link->send(payload.make({next, index, last ? 1U : 0U}))) return;
      ++next;
      said_last = last;
    }
  }
};

void send(const Workload& workload) {
  NumberedPayload payload(workload.size);
  std::vector<Sender> senders;
  Place place = workload.place;
  place.links = workload.connections;
  for (; place.index < workload.connections; ++place.index) {
    senders.push_back({.link = open_link(place, {}), .index = static_cast<std::uint32_t>(place.index)});
  }
  say_ready();
  const MonotonicTime end = monotonic_now() + workload.time;
  for (bool all_sent = false; !all_sent;) {
    const bool last = monotonic_now() >= end;
    all_sent = true;
    // Where some have no room the last of them is waited for: the others have found theirs by then. To look
    // at hundreds again and again would measure just that.
    Link* without_room = nullptr;
    for (Sender& sender : senders) {
      const std::uint64_t before = sender.next;
      sender.link->turn(Wait::kNo);
      sender.go_on(payload, last);
      if (sender.said_last && sender.link->all_sent()) continue;
      all_sent = false;
      if (sender.next != before) {
        sender.link->turn(Wait::kNo);
      } else {
        without_room = sender.link.get();
      }
    }
    if (without_room != nullptr) without_room->turn(Wait::kForSomething);
  }
  for (Sender& sender : senders) sender.link->finish();
}

void receive(const Workload& workload) {
  const NumberedPayload payload(workload.size);
  std::vector<std::uint64_t> next(workload.connections);
  std::size_t ended = 0;
  std::uint64_t count = 0;
  Stopwatch watch(workload.broker);
  const auto on_message = [&](std::string_view bytes) {
    if (count++ == 0) watch.restart();
    const Mark mark = payload.check(bytes);
    if (mark.sender >= next.size() || mark.number != next[mark.sender]) {
      throw std::runtime_error("message " + std::to_string(mark.number) + " of sender " +
                               std::to_string(mark.sender) + " is lost, comes twice or in another order");
    }
    ++next[mark.sender];
    ended += mark.last;
  };
  const auto link = open_link(workload.place, {.on_answer = nullptr, .on_message = on_message});
  say_ready();
  while (ended < next.size()) link->turn(Wait::kForSomething);
  const auto total = static_cast<double>(count);
  std::printf("{\"count\": %.0f, \"rate\": %.1f, \"processor\": %.4f}\n", total, total / watch.seconds(),
              watch.broker_seconds() * 1e6 / total);
}

}  // namespace

void run(const Workload& workload) {
  switch (workload.place.part) {
    case Part::kAsker:
      return ask(workload);
    case Part::kAnswerer:
      return answer(workload);
    case Part::kSender:
      return send(workload);
    case Part::kReceiver:
      return receive(workload);
  }
}

}  // namespace exo::messaging

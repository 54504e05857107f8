// Who stands at a door of the bus: every connection from its first byte on, before and after its relay has
// registered.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace exo::routing {

// Why somebody is shut out whose message never ends: ZeroMQ hands over whole messages only, however many
// frames it has to keep until then.
inline constexpr std::string_view kEndlessMessage = "it sends a message without end";

// Counts the connections and says which are to be shut out. Knows no socket: a door tells it what happens.
// One thread.
//
// A connection is a stranger's until a relay has registered over it, for which it has a while. Strangers are
// few at a time, so that they cannot take the room of those who belong here: where one too many comes, the
// one that has stood there longest makes room, since a relay needs moments. Those moments each of them has:
// where even the oldest has come just now, it is the new one that goes, and comes again. Otherwise a large
// fleet that comes at once would push itself out, over and over, before any of it had finished.
class DoorPeers {
 public:
  struct Limits {
    std::size_t connections = 1024;
    std::size_t strangers = 512;
    std::chrono::milliseconds register_within{10'000};
    std::chrono::milliseconds undisturbed{2'000};  // a stranger makes no room before
  };
  explicit DoorPeers(Limits limits) : limits_(limits) {}

  // A descriptor that stands for a connection until gone(). The one to be shut now, if any: this one, or
  // another.
  std::optional<int> came(int descriptor, std::string address, MonotonicTime now);
  // A relay has registered over it. Unknown descriptors are ignored.
  void belongs_here(int descriptor);
  // It is to be shut now, for this reason; false where it is not there, or is shut already.
  bool cut_off(int descriptor, std::string why);
  // Those to be shut now, since their time to register is over.
  std::vector<int> late(MonotonicTime now);
  // When the next one's time will be over.
  std::optional<MonotonicTime> next_late() const;
  // Who is there and not shut: those that belong here, and the others.
  std::vector<int> members() const;
  std::vector<int> strangers() const;
  // What ZeroMQ says before it closes the connection, for people: "it speaks without CURVE".
  void failed(std::string why) { failure_ = std::move(why); }
  // A line for the log where it never belonged here or was cut off; nullopt where it is none, or was said
  // already.
  std::optional<std::string> gone(int descriptor);
  // What there is to say about it was said with the refusal of its key, or there is nothing: its end needs no
  // line.
  void failed_without_a_line() { failure_.emplace(); }

  std::size_t size() const { return peers_.size(); }

 private:
  struct Peer {
    std::string address;
    std::uint64_t number = 0;  // in the order in which they came
    MonotonicTime since{};
    bool is_stranger = true;
    std::string shut_because = {};  // empty: it was not
  };
  void let_go_of(Peer& peer);
  int make_room(int descriptor, MonotonicTime now);
  int shut(int descriptor, std::string why);

  Limits limits_;
  std::map<int, Peer> peers_;
  std::map<std::uint64_t, int> strangers_;  // that are not shut: their descriptors, by number
  std::uint64_t came_ = 0;
  std::optional<std::string> failure_;  // of the connection that goes next; empty: said already
};

}  // namespace exo::routing

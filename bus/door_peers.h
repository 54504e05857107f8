// Who stands at the door of a bus that listens on TCP: every connection from its first byte on, before and
// after it has shown a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace exo::routing {

// Counts the connections and says which are to be shut out. Knows no socket: the doorkeeper tells it what
// happens. One thread.
//
// A connection is a stranger's until a relay has registered over it. Strangers are few at a time, so that
// they cannot take the room of those who belong here: where one too many comes, the one that has stood there
// longest makes room, since a relay needs moments.
class DoorPeers {
 public:
  struct Limits {
    std::size_t connections = 1024;
    std::size_t strangers = 128;
  };
  explicit DoorPeers(Limits limits) : limits_(limits) {}

  // A descriptor that stands for a connection until gone(). The one to be shut now, if any: this one, or
  // another.
  std::optional<int> came(int descriptor, std::string address);
  // Somebody whose key is admitted has sent a message over it. Unknown descriptors are ignored.
  void belongs_here(int descriptor);
  // What ZeroMQ says before it closes the connection, for people: "it speaks without CURVE".
  void failed(std::string why) { failure_ = std::move(why); }
  // A line for the log where it never belonged here; nullopt where it did, or where it was said already.
  std::optional<std::string> gone(int descriptor);
  // The refusal of a key was reported; the end of the connection that showed it needs no further line.
  void refused() { failure_.emplace(); }

  std::size_t size() const { return peers_.size(); }

 private:
  struct Peer {
    std::string address;
    std::uint64_t number = 0;  // in the order in which they came
    bool is_stranger = true;
    std::string shut_because = {};  // empty: it was not
  };
  std::optional<int> oldest_stranger() const;
  int shut(int descriptor, std::string why);

  Limits limits_;
  std::map<int, Peer> peers_;
  std::size_t strangers_ = 0;  // that are not shut
  std::uint64_t came_ = 0;
  std::optional<std::string> failure_;  // of the connection that goes next; empty: said already
};

}  // namespace exo::routing

#include "bus/door_peers.h"

#include <utility>

#include "base/duration.h"

namespace exo::routing {

std::optional<int> DoorPeers::came(int descriptor, std::string address, MonotonicTime now) {
  gone(descriptor);  // its end was not told
  peers_[descriptor] = {.address = std::move(address), .number = ++came_, .since = now};
  strangers_.emplace(came_, descriptor);
  if (peers_.size() > limits_.connections) {
    return shut(descriptor, std::to_string(limits_.connections) + " connections are open already");
  }
  if (strangers_.size() <= limits_.strangers) return std::nullopt;
  return make_room(descriptor, now);
}

// Of the strangers, `descriptor` is the newest.
int DoorPeers::make_room(int descriptor, MonotonicTime now) {
  const std::string crowd =
      "more than " + std::to_string(limits_.strangers) + " connections had not said who they are, ";
  const int oldest = strangers_.begin()->second;
  if (now - peers_.at(oldest).since < limits_.undisturbed)
    return shut(descriptor, crowd + "all of them since moments only");
  return shut(oldest, crowd + "and it was the oldest of them");
}

void DoorPeers::belongs_here(int descriptor) {
  const auto peer = peers_.find(descriptor);
  if (peer != peers_.end()) let_go_of(peer->second);
}

bool DoorPeers::cut_off(int descriptor, std::string why) {
  const auto peer = peers_.find(descriptor);
  if (peer == peers_.end() || !peer->second.shut_because.empty()) return false;
  shut(descriptor, std::move(why));
  return true;
}

std::vector<int> DoorPeers::late(MonotonicTime now) {
  std::vector<int> late;
  while (!strangers_.empty() &&
         peers_.at(strangers_.begin()->second).since + limits_.register_within <= now) {
    late.push_back(shut(strangers_.begin()->second,
                        "it had not registered within " + format_duration(limits_.register_within)));
  }
  return late;
}

std::optional<MonotonicTime> DoorPeers::next_late() const {
  if (strangers_.empty()) return std::nullopt;
  return peers_.at(strangers_.begin()->second).since + limits_.register_within;
}

std::vector<int> DoorPeers::members() const {
  std::vector<int> members;
  for (const auto& [descriptor, peer] : peers_) {
    if (!peer.is_stranger && peer.shut_because.empty()) members.push_back(descriptor);
  }
  return members;
}

std::vector<int> DoorPeers::strangers() const {
  std::vector<int> strangers;
  for (const auto& [number, descriptor] : strangers_) strangers.push_back(descriptor);
  return strangers;
}

std::optional<std::string> DoorPeers::gone(int descriptor) {
  const auto failure = std::exchange(failure_, std::nullopt);
  const auto found = peers_.find(descriptor);
  if (found == peers_.end()) return std::nullopt;
  Peer peer = std::move(found->second);
  peers_.erase(found);
  const bool was_stranger = peer.is_stranger;
  let_go_of(peer);
  if (!peer.shut_because.empty()) return peer.address + " was shut out: " + peer.shut_because;
  if (!was_stranger || (failure && failure->empty())) return std::nullopt;
  return peer.address + " has not come in: " +
         (failure ? *failure : "it has gone before it had registered, or does not speak ZMTP 3");
}

void DoorPeers::let_go_of(Peer& peer) {
  peer.is_stranger = false;
  strangers_.erase(peer.number);
}

int DoorPeers::shut(int descriptor, std::string why) {
  Peer& peer = peers_.at(descriptor);
  strangers_.erase(peer.number);
  peer.shut_because = std::move(why);
  return descriptor;
}

}  // namespace exo::routing

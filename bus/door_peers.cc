#include "bus/door_peers.h"

#include <utility>

namespace exo::routing {

std::optional<int> DoorPeers::came(int descriptor, std::string address) {
  gone(descriptor);  // its end was not told
  peers_[descriptor] = {.address = std::move(address), .number = ++came_};
  ++strangers_;
  if (peers_.size() > limits_.connections) {
    return shut(descriptor, std::to_string(limits_.connections) + " connections over TCP are open already");
  }
  if (strangers_ <= limits_.strangers) return std::nullopt;
  const auto oldest = oldest_stranger();
  if (!oldest) return std::nullopt;
  return shut(*oldest, "more than " + std::to_string(limits_.strangers) +
                           " connections had not said who they are, and it was the oldest of them");
}

void DoorPeers::belongs_here(int descriptor) {
  const auto peer = peers_.find(descriptor);
  if (peer == peers_.end() || !peer->second.is_stranger) return;
  if (peer->second.shut_because.empty()) --strangers_;
  peer->second.is_stranger = false;
}

std::optional<std::string> DoorPeers::gone(int descriptor) {
  const auto failure = std::exchange(failure_, std::nullopt);
  const auto found = peers_.find(descriptor);
  if (found == peers_.end()) return std::nullopt;
  const Peer peer = std::move(found->second);
  peers_.erase(found);
  if (!peer.is_stranger) return std::nullopt;
  if (peer.shut_because.empty()) --strangers_;
  if (!peer.shut_because.empty()) return peer.address + " was shut out: " + peer.shut_because;
  if (failure && failure->empty()) return std::nullopt;
  return peer.address + " has not come in: " +
         (failure ? *failure : "it does not speak ZMTP 3, or has gone before it had registered");
}

std::optional<int> DoorPeers::oldest_stranger() const {
  const std::pair<const int, Peer>* oldest = nullptr;
  for (const auto& each : peers_) {
    if (!each.second.is_stranger || !each.second.shut_because.empty()) continue;
    if (oldest == nullptr || each.second.number < oldest->second.number) oldest = &each;
  }
  if (oldest == nullptr) return std::nullopt;
  return oldest->first;
}

int DoorPeers::shut(int descriptor, std::string why) {
  Peer& peer = peers_.at(descriptor);
  if (peer.is_stranger && peer.shut_because.empty()) --strangers_;
  peer.shut_because = std::move(why);
  return descriptor;
}

}  // namespace exo::routing

// Who stands at the door, without a socket.
#include "bus/door_peers.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

TEST(DoorPeersTest, AStrangerThatGoesIsTold) {
  DoorPeers peers({});
  EXPECT_EQ(peers.came(7, "10.0.0.3:1"), std::nullopt);
  EXPECT_EQ(peers.gone(7),
            "10.0.0.3:1 has not come in: it does not speak ZMTP 3, or has gone before it had registered");
}

TEST(DoorPeersTest, WhatZeroMqSaysOfItIsTold) {
  DoorPeers peers({});
  peers.came(7, "10.0.0.3:1");
  peers.failed("it speaks without CURVE");
  EXPECT_EQ(peers.gone(7), "10.0.0.3:1 has not come in: it speaks without CURVE");
}

TEST(DoorPeersTest, WhatIsSaidOfOneIsNotSaidOfTheNext) {
  DoorPeers peers({});
  peers.came(7, "10.0.0.3:1");
  peers.came(8, "10.0.0.3:2");
  peers.failed("it speaks without CURVE");
  peers.gone(7);
  EXPECT_EQ(peers.gone(8),
            "10.0.0.3:2 has not come in: it does not speak ZMTP 3, or has gone before it had registered");
}

TEST(DoorPeersTest, AKeyThatWasRefusedIsToldOnce) {
  DoorPeers peers({});
  peers.came(7, "10.0.0.3:1");
  peers.refused();
  EXPECT_EQ(peers.gone(7), std::nullopt);
}

TEST(DoorPeersTest, WhoBelongsHereGoesWithoutAWord) {
  DoorPeers peers({});
  peers.came(7, "10.0.0.3:1");
  peers.belongs_here(7);
  EXPECT_EQ(peers.gone(7), std::nullopt);
  EXPECT_EQ(peers.size(), 0U);
}

TEST(DoorPeersTest, TheOldestStrangerMakesRoomForOneTooMany) {
  DoorPeers peers({.connections = 100, .strangers = 2});
  peers.came(5, "10.0.0.3:1");
  peers.belongs_here(5);
  EXPECT_EQ(peers.came(9, "10.0.0.3:2"), std::nullopt);
  EXPECT_EQ(peers.came(8, "10.0.0.3:3"), std::nullopt);
  EXPECT_EQ(peers.came(7, "10.0.0.3:4"), 9);
  EXPECT_EQ(
      peers.gone(9),
      "10.0.0.3:2 was shut out: more than 2 connections had not said who they are, and it was the oldest "
      "of them");
  EXPECT_EQ(peers.came(9, "10.0.0.3:5"), 8);
}

TEST(DoorPeersTest, OneTooManyInAllIsShutOut) {
  DoorPeers peers({.connections = 2, .strangers = 2});
  for (const int descriptor : {5, 6}) {
    EXPECT_EQ(peers.came(descriptor, "10.0.0.3:1"), std::nullopt);
    peers.belongs_here(descriptor);
  }
  EXPECT_EQ(peers.came(7, "10.0.0.3:2"), 7);
  EXPECT_EQ(peers.gone(7), "10.0.0.3:2 was shut out: 2 connections over TCP are open already");
  peers.gone(5);
  EXPECT_EQ(peers.came(8, "10.0.0.3:3"), std::nullopt);
}

TEST(DoorPeersTest, ANumberThatComesAgainIsAnotherConnection) {
  DoorPeers peers({.connections = 100, .strangers = 1});
  peers.came(7, "10.0.0.3:1");
  EXPECT_EQ(peers.came(7, "10.0.0.3:2"), std::nullopt);
  EXPECT_EQ(peers.size(), 1U);
}

}  // namespace
}  // namespace exo::routing

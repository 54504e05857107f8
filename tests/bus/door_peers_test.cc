// Who stands at the door, without a socket.
#include "bus/door_peers.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

constexpr MonotonicTime kNow{std::chrono::hours(1)};

TEST(DoorPeersTest, AStrangerThatGoesIsTold) {
  DoorPeers peers({});
  EXPECT_EQ(peers.came(7, "10.0.0.3:1", kNow), std::nullopt);
  EXPECT_EQ(peers.gone(7),
            "10.0.0.3:1 has not come in: it has gone before it had registered, or does not speak ZMTP 3");
}

TEST(DoorPeersTest, WhatZeroMqSaysOfItIsTold) {
  DoorPeers peers({});
  peers.came(7, "10.0.0.3:1", kNow);
  peers.failed("it speaks without CURVE");
  EXPECT_EQ(peers.gone(7), "10.0.0.3:1 has not come in: it speaks without CURVE");
}

TEST(DoorPeersTest, WhatIsSaidOfOneIsNotSaidOfTheNext) {
  DoorPeers peers({});
  peers.came(7, "10.0.0.3:1", kNow);
  peers.came(8, "10.0.0.3:2", kNow);
  peers.failed("it speaks without CURVE");
  peers.gone(7);
  EXPECT_EQ(peers.gone(8),
            "10.0.0.3:2 has not come in: it has gone before it had registered, or does not speak ZMTP 3");
}

TEST(DoorPeersTest, AKeyThatWasRefusedIsToldOnce) {
  DoorPeers peers({});
  peers.came(7, "10.0.0.3:1", kNow);
  peers.failed_without_a_line();
  EXPECT_EQ(peers.gone(7), std::nullopt);
}

TEST(DoorPeersTest, WhoBelongsHereGoesWithoutAWord) {
  DoorPeers peers({});
  peers.came(7, "10.0.0.3:1", kNow);
  peers.belongs_here(7);
  EXPECT_EQ(peers.gone(7), std::nullopt);
  EXPECT_EQ(peers.size(), 0U);
}

TEST(DoorPeersTest, TheOldestStrangerMakesRoomForOneTooMany) {
  DoorPeers peers({.connections = 100, .strangers = 2, .undisturbed = std::chrono::seconds(0)});
  peers.came(5, "10.0.0.3:1", kNow);
  peers.belongs_here(5);
  EXPECT_EQ(peers.came(9, "10.0.0.3:2", kNow), std::nullopt);
  EXPECT_EQ(peers.came(8, "10.0.0.3:3", kNow), std::nullopt);
  EXPECT_EQ(peers.came(7, "10.0.0.3:4", kNow), 9);
  EXPECT_EQ(
      peers.gone(9),
      "10.0.0.3:2 was shut out: more than 2 connections had not said who they are, and it was the oldest "
      "of them");
  EXPECT_EQ(peers.came(9, "10.0.0.3:5", kNow), 8);
}

TEST(DoorPeersTest, WhoHasJustComeMakesNoRoom) {
  DoorPeers peers({.connections = 100, .strangers = 2, .undisturbed = std::chrono::seconds(2)});
  peers.came(5, "10.0.0.3:1", kNow);
  peers.came(6, "10.0.0.3:2", kNow + std::chrono::seconds(1));
  EXPECT_EQ(peers.came(7, "10.0.0.3:3", kNow + std::chrono::milliseconds(1999)), 7);
  EXPECT_EQ(peers.gone(7),
            "10.0.0.3:3 was shut out: more than 2 connections had not said who they are, all of them since "
            "moments only");
  EXPECT_EQ(peers.came(7, "10.0.0.3:4", kNow + std::chrono::seconds(2)), 5);
  EXPECT_EQ(peers.came(8, "10.0.0.3:5", kNow + std::chrono::seconds(2)), 8);
}

TEST(DoorPeersTest, OneTooManyInAllIsShutOut) {
  DoorPeers peers({.connections = 2, .strangers = 2});
  for (const int descriptor : {5, 6}) {
    EXPECT_EQ(peers.came(descriptor, "10.0.0.3:1", kNow), std::nullopt);
    peers.belongs_here(descriptor);
  }
  EXPECT_EQ(peers.came(7, "10.0.0.3:2", kNow), 7);
  EXPECT_EQ(peers.gone(7), "10.0.0.3:2 was shut out: 2 connections are open already");
  peers.gone(5);
  EXPECT_EQ(peers.came(8, "10.0.0.3:3", kNow), std::nullopt);
}

TEST(DoorPeersTest, WhoHasNotRegisteredInTimeIsShutOut) {
  DoorPeers peers({.register_within = std::chrono::seconds(10)});
  peers.came(5, "10.0.0.3:1", kNow);
  peers.came(6, "10.0.0.3:2", kNow + std::chrono::seconds(1));
  peers.came(7, "10.0.0.3:3", kNow + std::chrono::seconds(2));
  peers.belongs_here(6);
  EXPECT_EQ(peers.next_late(), kNow + std::chrono::seconds(10));
  EXPECT_EQ(peers.late(kNow + std::chrono::milliseconds(9999)), std::vector<int>{});
  EXPECT_EQ(peers.late(kNow + std::chrono::seconds(10)), std::vector<int>{5});
  EXPECT_EQ(peers.next_late(), kNow + std::chrono::seconds(12));
  EXPECT_EQ(peers.late(kNow + std::chrono::seconds(60)), std::vector<int>{7});
  EXPECT_EQ(peers.next_late(), std::nullopt);
  EXPECT_EQ(peers.gone(5), "10.0.0.3:1 was shut out: it had not registered within 10 s");
  EXPECT_EQ(peers.gone(6), std::nullopt);
}

TEST(DoorPeersTest, MembersAndStrangersAreThoseThatAreNotShut) {
  DoorPeers peers({});
  for (const int descriptor : {5, 6, 7, 8}) peers.came(descriptor, "10.0.0.3:1", kNow);
  peers.belongs_here(5);
  peers.belongs_here(6);
  peers.cut_off(6, "it speaks rubbish");
  peers.cut_off(7, "it speaks rubbish");
  EXPECT_EQ(peers.members(), std::vector<int>{5});
  EXPECT_EQ(peers.strangers(), std::vector<int>{8});
}

TEST(DoorPeersTest, WhoIsCutOffIsToldOnceAlsoWhereItBelongedHere) {
  DoorPeers peers({});
  peers.came(5, "10.0.0.3:1", kNow);
  peers.belongs_here(5);
  EXPECT_TRUE(peers.cut_off(5, "it speaks rubbish"));
  EXPECT_FALSE(peers.cut_off(5, "again"));
  EXPECT_FALSE(peers.cut_off(6, "nobody"));
  EXPECT_EQ(peers.gone(5), "10.0.0.3:1 was shut out: it speaks rubbish");
}

TEST(DoorPeersTest, ANumberThatComesAgainIsAnotherConnection) {
  DoorPeers peers({.connections = 100, .strangers = 1, .undisturbed = std::chrono::seconds(0)});
  peers.came(7, "10.0.0.3:1", kNow);
  EXPECT_EQ(peers.came(7, "10.0.0.3:2", kNow), std::nullopt);
  EXPECT_EQ(peers.size(), 1U);
}

}  // namespace
}  // namespace exo::routing

#include <gtest/gtest.h>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

// A bus on which web may send todos.list to todo.
class RegistrationTest : public testing::Test {
 protected:
  RegistrationTest() {
    world_.version("web@1.0.0").sends = {"todos.list"};
    world_.version("todo@1.0.0").receives = {"todos.list"};
    world_.publish();
    world_.heard();
  }
  // Says this on a connection on which nobody has registered.
  void say_on(std::uint64_t connection, Kind kind) {
    HeaderView header;
    header.kind = kind;
    header.name = "todos.list";
    header.id = "m1";
    world_.router.receive(ConnectionId{connection}, header, Payload(), world_.now());
  }
  World world_;
};

TEST_F(RegistrationTest, WhoSpeaksBeforeRegisteringIsRefused) {
  say_on(9, Kind::kCommand);
  EXPECT_EQ(world_.heard(), "connection 9: refused not-registered\n");
}

TEST_F(RegistrationTest, NotEvenGoodbyeIsAnsweredBeforeRegistering) {
  say_on(9, Kind::kGoodbye);
  EXPECT_EQ(world_.heard(), "connection 9: refused not-registered\n");
}

TEST_F(RegistrationTest, AnInstanceThatNobodyAdmittedIsRefused) {
  Registration stranger{
      .protocols = {1}, .role = "web", .version = "1.0.0", .instance = "web-7", .token = "x"};
  world_.register_on(9, stranger);
  EXPECT_EQ(world_.heard("web-7"), "web-7: refused not-admitted\n");
}

TEST_F(RegistrationTest, AWrongTokenIsRefused) {
  Registration wrong = world_.registration(world_.admit("web@1.0.0"));
  wrong.token.back() = '!';
  world_.register_on(9, wrong);
  EXPECT_EQ(world_.heard("web-1"), "web-1: refused not-admitted\n");
}

TEST_F(RegistrationTest, WhoIsNotAdmittedIsNamedInTheLog) {
  Registration wrong = world_.registration(world_.admit("web@1.0.0"));
  wrong.token.back() = '!';
  world_.register_on(9, wrong);
  EXPECT_EQ(
      world_.heard("host"),
      "host: notice bus: somebody has registered as \"web-1\" of \"web\", and is not admitted as that\n");
}

TEST_F(RegistrationTest, AnInstanceCannotTakeAnotherRole) {
  Registration wrong = world_.registration(world_.admit("web@1.0.0"));
  wrong.role = "todo";
  world_.register_on(9, wrong);
  EXPECT_EQ(world_.heard("web-1"), "web-1: refused not-admitted\n");
}

TEST_F(RegistrationTest, NobodyTakesARoleThatIsExosOwn) {
  const Registration known = world_.registration(world_.admit("web@1.0.0"));
  world_.join_operator();
  for (const char* role : {"exo", "exo-operator", "deployment-web-1.0.0", "operator-1"}) {
    Registration taken = known;
    taken.role = role;
    world_.register_on(9, taken);
    EXPECT_EQ(world_.heard("web-1"), "web-1: refused not-admitted\n") << role;
    taken.instance = "operator-9";
    world_.register_on(10, taken);
    EXPECT_EQ(world_.heard("operator-9"), "operator-9: refused not-admitted\n") << role;
  }
}

TEST_F(RegistrationTest, ARelayOfAnotherProtocolIsRefused) {
  Registration modern = world_.registration(world_.admit("web@1.0.0"));
  modern.protocols = {2, 3};
  world_.register_on(9, modern);
  EXPECT_EQ(world_.heard(), "web-1: refused no-common-protocol\n");
}

TEST_F(RegistrationTest, APayloadThatIsNoRegistrationIsMalformed) {
  say_on(9, Kind::kRegister);
  EXPECT_EQ(world_.heard(), "connection 9: refused malformed\n");
}

TEST_F(RegistrationTest, AnAdmittedInstanceGetsItsRoutesAndCredit) {
  const Registration web = world_.registration(world_.admit("web@1.0.0"));
  world_.register_on(9, web);
  EXPECT_EQ(world_.heard(),
            "web-1: registered, connection 1\n"
            "web-1: routes todos.list:todo\n"
            "web-1: credit accepted 0 todo:256\n"
            "host: registered web-1 (web@1.0.0) connection 1\n");
}

TEST_F(RegistrationTest, RegisteringTwiceOnOneConnectionIsMalformed) {
  const std::string web = world_.join("web@1.0.0");
  world_.register_on(world_.connection_of(web), world_.registration(web));
  EXPECT_EQ(world_.heard("web-1"), "web-1: error malformed: this connection is registered already\n");
}

TEST_F(RegistrationTest, ASecondConnectionIsRefusedWhenTheFirstOneStays) {
  const std::string web = world_.join("web@1.0.0");
  world_.register_on(99, world_.registration(web));
  EXPECT_EQ(world_.heard(), "web-1: pong\n") << "the first connection is only probed";
  world_.pass(std::chrono::seconds(3));
  EXPECT_EQ(world_.heard(), "connection 99: refused already-connected\n");
}

TEST_F(RegistrationTest, ASecondConnectionTakesThePlaceOfOneThatIsGone) {
  const std::string web = world_.join("web@1.0.0");
  world_.register_on(99, world_.registration(web));
  world_.heard();
  world_.connection_breaks(web);
  EXPECT_EQ(world_.heard(),
            "connection 99: registered, connection 2\n"
            "connection 99: routes todos.list:todo\n"
            "connection 99: credit accepted 0 todo:256\n"
            "host: lost web-1: its connection broke\n"
            "host: registered web-1 (web@1.0.0) connection 2\n");
}

TEST_F(RegistrationTest, AThirdConnectionIsRefusedAtOnce) {
  const std::string web = world_.join("web@1.0.0");
  world_.register_on(98, world_.registration(web));
  world_.heard();
  world_.register_on(99, world_.registration(web));
  EXPECT_EQ(world_.heard(), "connection 99: refused already-connected\n");
}

TEST_F(RegistrationTest, WhoWaitsForAProcessThatEndsIsRefused) {
  const std::string web = world_.join("web@1.0.0");
  world_.register_on(99, world_.registration(web));
  world_.heard();
  world_.dismiss(web);
  EXPECT_EQ(world_.heard(), "connection 99: refused not-admitted\n");
}

TEST_F(RegistrationTest, ADismissedInstanceCannotRegisterAgain) {
  const std::string web = world_.join("web@1.0.0");
  world_.dismiss(web);
  world_.register_on(99, world_.registration(web));
  EXPECT_EQ(world_.heard("connection 99"), "connection 99: refused not-admitted\n");
}

TEST_F(RegistrationTest, AnOperatorWithoutTheKeyIsRefused) {
  world_.join_operator();
  world_.register_on(99,
                     {.protocols = {1}, .role = "exo-operator", .instance = "operator-0f", .token = "guess"});
  EXPECT_EQ(world_.heard("operator-0f"), "operator-0f: refused not-admitted\n");
}

TEST_F(RegistrationTest, AnOperatorsInstanceHasItsPrefix) {
  const Registration known = world_.registration(world_.join_operator());
  world_.register_on(99,
                     {.protocols = {1}, .role = "exo-operator", .instance = "root", .token = known.token});
  EXPECT_EQ(world_.heard("root"), "root: refused not-admitted\n");
}

TEST_F(RegistrationTest, AnyNumberOfOperatorsJoinWithTheKey) {
  const Registration known = world_.registration(world_.join_operator());
  world_.register_on(
      99, {.protocols = {1}, .role = "exo-operator", .instance = "operator-0f", .token = known.token});
  EXPECT_EQ(world_.heard("operator-0f: registered"), "operator-0f: registered, connection 1\n");
}

TEST_F(RegistrationTest, ASilentOperatorIsForgotten) {
  world_.join_operator();
  world_.pass(std::chrono::seconds(16));
  EXPECT_EQ(world_.heard(), "host: lost operator-1: silence\n");
}

TEST_F(RegistrationTest, AnInstanceThatFallsSilentIsReportedOnceAndAgainWhenItSpeaks) {
  world_.version("todo@1.0.0");
  world_.publish();
  const std::string todo = world_.join("todo@1.0.0");
  world_.heard();
  world_.pass(std::chrono::seconds(15));
  EXPECT_EQ(world_.heard(), "");
  world_.pass(std::chrono::seconds(1));
  EXPECT_EQ(world_.heard(), "host: todo-1 is silent\n");
  world_.pass(std::chrono::seconds(60));
  EXPECT_EQ(world_.heard(), "");
  world_.say(todo, Kind::kPing);
  EXPECT_EQ(world_.heard("host"), "host: todo-1 is heard again\n");
}

TEST_F(RegistrationTest, AnOperatorThatPingsStays) {
  const std::string person = world_.join_operator();
  for (int i = 0; i < 4; ++i) {
    world_.pass(std::chrono::seconds(8));
    world_.say(person, Kind::kPing);
  }
  EXPECT_EQ(world_.heard("host"), "");
}

TEST_F(RegistrationTest, PingIsAnswered) {
  const std::string web = world_.join("web@1.0.0");
  world_.say(web, Kind::kPing);
  EXPECT_EQ(world_.heard(), "web-1: pong\n");
}

TEST_F(RegistrationTest, GoodbyeIsAnsweredAndForgotten) {
  const std::string web = world_.join("web@1.0.0");
  world_.say(web, Kind::kGoodbye);
  EXPECT_EQ(world_.heard(),
            "web-1: goodbye\n"
            "host: lost web-1: goodbye\n");
  world_.say(web, Kind::kPing);
  EXPECT_EQ(world_.heard(), "web-1: refused not-registered\n");
}

TEST_F(RegistrationTest, WhatOnlyABrokerSaysIsMalformed) {
  const std::string web = world_.join("web@1.0.0");
  world_.say(web, Kind::kRegistered);
  EXPECT_EQ(world_.heard("web-1"), "web-1: error malformed: a relay does not send \"registered\"\n");
}

TEST_F(RegistrationTest, WhoKeepsSendingRubbishIsCutOff) {
  World strict({.environment = "test", .malformed_limit = 3});
  strict.version("web@1.0.0");
  strict.publish();
  const std::string web = strict.join("web@1.0.0");
  for (int i = 0; i < 3; ++i) strict.say(web, Kind::kRegistered);
  EXPECT_EQ(strict.heard("host: lost"), "host: lost web-1: protocol fault\n");
}

TEST_F(RegistrationTest, NoticesOfRubbishAreCountedInsteadOfRepeated) {
  const std::string web = world_.join("web@1.0.0");
  for (int i = 0; i < 100; ++i) world_.say(web, Kind::kRegistered);
  world_.heard();
  world_.pass(std::chrono::seconds(2));
  EXPECT_EQ(world_.heard("host"),
            "host: notice bus: web (web-1): a relay does not send \"registered\" (and 98 more like it)\n");
}

}  // namespace
}  // namespace exo::routing

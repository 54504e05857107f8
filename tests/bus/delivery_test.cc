// Windows, queues, replies, streams, and instances that go.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

class DeliveryTest : public testing::Test {
 protected:
  DeliveryTest() {
    world_.version("web@1.0.0").sends = {"todos.list", "mail.send"};
    world_.version("todo@1.0.0").receives = {"todos.list"};
    world_.version("mail@1.0.0").receives = {"mail.send"};
    world_.publish();
    web_ = world_.join("web@1.0.0");
  }
  void ask(const char* id, Expects expects = Expects::kOne) {
    world_.command(web_, "todos.list", {.id = id, .expects = expects});
  }
  // Of the commands that an instance has been given since somebody asked last.
  std::string ids_heard(const std::string& who) {
    std::istringstream lines(world_.heard(who + ": command"));
    std::string ids;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string id;
      words >> id >> id >> id >> id;
      ids += (ids.empty() ? "" : " ") + id;
    }
    return ids;
  }
  World world_;
  std::string web_;
};

TEST_F(DeliveryTest, AnInstanceGetsNoMoreThanItsWindow) {
  const std::string todo = world_.join("todo@1.0.0", 2);
  for (const char* id : {"m1", "m2", "m3"}) ask(id);
  EXPECT_EQ(world_.heard(),
            "todo-1: command todos.list m1 from web@1.0.0 #1\n"
            "todo-1: command todos.list m2 from web@1.0.0 #2\n");
  world_.handled(todo, {1});
  EXPECT_EQ(world_.heard(), "todo-1: command todos.list m3 from web@1.0.0 #3\n");
}

TEST_F(DeliveryTest, AnInstanceGetsNoMoreThanItsWindowOfBytesAndOnePayload) {
  const std::string todo = world_.join("todo@1.0.0");
  const std::string large(3 * 1024 * 1024, 'x');
  for (const char* id : {"m1", "m2", "m3", "m4"})
    world_.command(web_, "todos.list", {.id = id, .payload = large});
  EXPECT_EQ(ids_heard(todo), "m1 m2 m3");
  world_.command(web_, "todos.list", {.id = "m5"});
  EXPECT_EQ(ids_heard(todo), "") << "a small one waits its turn";
  world_.handled(todo, {1, 2});
  EXPECT_EQ(ids_heard(todo), "m4 m5");
}

TEST_F(DeliveryTest, WhoHasTheFewestBytesLeftTakesNothingWhileAnotherHasRoom) {
  const std::string first = world_.join("todo@1.0.0");
  const std::string second = world_.join("todo@1.0.0");
  world_.command(web_, "todos.list",
                 {.id = "m1", .payload = std::string(9 * 1024 * 1024, 'x'), .activity = "a"});
  const bool first_has_it = !ids_heard(first).empty();
  for (const char* id : {"m2", "m3"}) world_.command(web_, "todos.list", {.id = id});
  EXPECT_EQ(ids_heard(first_has_it ? second : first), "m2 m3");
}

TEST_F(DeliveryTest, AFullRoleHoldsUpNoOther) {
  world_.join("todo@1.0.0", 1);
  world_.join("mail@1.0.0");
  ask("m1");
  ask("m2");
  world_.heard();
  world_.command(web_, "mail.send", {.id = "m3"});
  EXPECT_EQ(world_.heard(), "mail-1: command mail.send m3 from web@1.0.0 #1\n");
}

TEST_F(DeliveryTest, AnActivityWaitsForItsOwnInstance) {
  const std::string first = world_.join("todo@1.0.0", 1);
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  world_.join("todo@1.0.0", 1);
  world_.command(web_, "todos.list", {.id = "m2", .activity = "a"});
  world_.command(web_, "todos.list", {.id = "m3", .activity = "b"});
  EXPECT_EQ(world_.heard("todo-2"), "todo-2: command todos.list m3 from web@1.0.0 #1\n");
  world_.handled(first, {1});
  EXPECT_EQ(world_.heard("todo-1"), "todo-1: command todos.list m2 from web@1.0.0 #2\n");
}

TEST_F(DeliveryTest, TheOrderBetweenTwoInstancesIsKeptWhenOneActivityWaits) {
  const std::string todo = world_.join("todo@1.0.0", 1);
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  world_.command(web_, "todos.list", {.id = "m2", .activity = "b"});
  world_.command(web_, "todos.list", {.id = "m3", .activity = "a"});
  world_.heard();
  world_.handled(todo, {1});
  world_.handled(todo, {2});
  EXPECT_EQ(world_.heard(),
            "todo-1: command todos.list m2 from web@1.0.0 #2\n"
            "todo-1: command todos.list m3 from web@1.0.0 #3\n");
}

TEST_F(DeliveryTest, WhatWaitsForRoomExpires) {
  world_.join("todo@1.0.0", 1);
  ask("m1");
  world_.command(web_, "todos.list", {.id = "m2", .timeout_ms = 1000});
  world_.heard();
  world_.pass(std::chrono::milliseconds(1100));
  EXPECT_EQ(world_.heard("web-1: error"),
            "web-1: error expired m2: it waited for todo to have room until its deadline had passed\n");
}

TEST_F(DeliveryTest, WhatExpiredWhileItWaitedForRoomIsNotDeliveredEvenWhereNobodyHasNoticedYet) {
  const std::string todo = world_.join("todo@1.0.0", 1);
  ask("m1");
  world_.command(web_, "todos.list", {.id = "m2", .timeout_ms = 1000});
  world_.heard();
  world_.pass_unnoticed(std::chrono::milliseconds(1000));
  world_.handled(todo, {1});
  EXPECT_EQ(world_.heard(),
            "web-1: error expired m2: it waited for todo to have room until its deadline had passed\n");
}

TEST_F(DeliveryTest, WhoIsNotReadyGetsNothingOfTheFleet) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.router.set_ready({.instance = todo, .ready = false}, world_.now());
  world_.command(web_, "todos.list", {.id = "m1"});
  EXPECT_EQ(world_.heard("todo-1"), "");
  world_.router.set_ready({.instance = todo, .ready = true}, world_.now());
  EXPECT_EQ(world_.heard("todo-1"), "todo-1: command todos.list m1 from web@1.0.0 #1\n");
}

TEST_F(DeliveryTest, WhatWaitedForWhoIsNotReadyAnyMoreGoesToAnother) {
  const std::string first = world_.join("todo@1.0.0", 1);
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  world_.command(web_, "todos.list", {.id = "m2", .activity = "a"});
  const std::string second = world_.join("todo@1.0.0");
  world_.heard();
  world_.router.set_ready({.instance = first, .ready = false}, world_.now());
  EXPECT_EQ(world_.heard("todo-2"), "todo-2: command todos.list m2 from web@1.0.0 #1\n");
}

TEST_F(DeliveryTest, HandledTwiceIsNotedOnly) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1", Expects::kNone);
  world_.handled(todo, {1});
  world_.heard();
  world_.handled(todo, {1});
  EXPECT_EQ(world_.heard(),
            "host: notice bus: todo (todo-1) has completed a delivery 1 that it does not have\n");
}

TEST_F(DeliveryTest, AHandlersFailureIsToldToTheSender) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.heard();
  world_.failed(todo, 1, "no such list");
  EXPECT_EQ(world_.heard(), "web-1: error handler-failed m1: no such list\n");
}

TEST_F(DeliveryTest, TwoFailingReceiversAreOneError) {
  world_.version("mail@1.0.0").receives.emplace_back("todos.list");
  world_.publish();
  const std::string todo = world_.join("todo@1.0.0");
  const std::string mail = world_.join("mail@1.0.0");
  ask("m1", Expects::kNone);
  world_.heard();
  world_.failed(todo, 1, "first");
  world_.failed(mail, 1, "second");
  EXPECT_EQ(world_.heard(), "web-1: error handler-failed m1: first\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(DeliveryTest, AReplyGoesToItsAsker) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.join("web@1.0.0");
  ask("m1");
  world_.heard();
  world_.reply(todo, "todos.listed", "m1", {.payload = "none"});
  EXPECT_EQ(world_.heard(), "web-1: reply todos.listed to m1 from todo@1.0.0 payload none\n");
}

TEST_F(DeliveryTest, AReplyMayFollowTheHandlersCompletion) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.handled(todo, {1});
  world_.heard();
  world_.reply(todo, "todos.listed", "m1");
  EXPECT_EQ(world_.heard(), "web-1: reply todos.listed to m1 from todo@1.0.0\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(DeliveryTest, OnlyWhoWasAskedMayReply) {
  world_.join("todo@1.0.0");
  const std::string mail = world_.join("mail@1.0.0");
  ask("m1");
  world_.heard();
  world_.reply(mail, "todos.listed", "m1");
  EXPECT_EQ(
      world_.heard(),
      "host: notice bus: dropped the reply \"todos.listed\" of mail: nobody waits for an answer to m1\n");
}

TEST_F(DeliveryTest, ASecondReplyIsDropped) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.reply(todo, "todos.listed", "m1");
  world_.heard();
  world_.reply(todo, "todos.listed", "m1");
  EXPECT_EQ(
      world_.heard(),
      "host: notice bus: dropped the reply \"todos.listed\" of todo: nobody waits for an answer to m1\n");
}

TEST_F(DeliveryTest, AReplyThatNobodyAskedForIsDroppedQuietly) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1", Expects::kNone);
  world_.heard();
  world_.reply(todo, "todos.listed", "m1");
  EXPECT_EQ(world_.heard(), "");
}

TEST_F(DeliveryTest, SeveralRepliesComeUntilTheLast) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1", Expects::kMany);
  world_.heard();
  world_.reply(todo, "todos.listed", "m1", {.more = true});
  world_.reply(todo, "todos.listed", "m1", {.more = true, .page = 1});
  world_.reply(todo, "todos.listed", "m1", {.page = 2});
  EXPECT_EQ(world_.heard(),
            "web-1: reply todos.listed to m1 from todo@1.0.0 more\n"
            "web-1: reply todos.listed to m1 from todo@1.0.0 more page 1\n"
            "web-1: reply todos.listed to m1 from todo@1.0.0 page 2\n");
}

TEST_F(DeliveryTest, ARepliersNameIsTranslatedBothWays) {
  world_.version("todo@1.0.0").translations = {{"todos.listed", "listed"}};
  world_.version("web@1.0.0").translations = {{"todos.listed", "here they are"}};
  world_.publish();
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.heard();
  world_.reply(todo, "listed", "m1");
  EXPECT_EQ(world_.heard(), "web-1: reply here they are to m1 from todo@1.0.0\n");
}

TEST_F(DeliveryTest, AWindowGoesToTheReplier) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.reply(todo, "todos.listed", "m1", {.more = true});
  world_.heard();
  world_.receive(web_, {.kind = Kind::kWindow, .response_to = "m1", .pages = 9});
  EXPECT_EQ(world_.heard(), "todo-1: window m1 pages 9\n");
}

TEST_F(DeliveryTest, NobodyElseMayWidenAWindow) {
  const std::string todo = world_.join("todo@1.0.0");
  const std::string other = world_.join("web@1.0.0");
  ask("m1");
  world_.reply(todo, "todos.listed", "m1", {.more = true});
  world_.heard();
  world_.receive(other, {.kind = Kind::kWindow, .response_to = "m1", .pages = 9});
  EXPECT_EQ(world_.heard(), "");
}

TEST_F(DeliveryTest, APageForAnAskerThatIsGoneEndsTheStream) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.dismiss(web_);
  world_.heard();
  world_.reply(todo, "todos.listed", "m1", {.more = true});
  EXPECT_EQ(world_.heard("todo-1"), "todo-1: error receiver-lost m1: nobody waits for this reply any more\n");
}

TEST_F(DeliveryTest, ARequestIsForgottenAfterItsDeadline) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .expects = Expects::kOne, .timeout_ms = 1000});
  world_.handled(todo, {1});
  world_.pass(std::chrono::milliseconds(1100));
  EXPECT_EQ(world_.router.unfinished(), 0U);
  world_.heard();
  world_.reply(todo, "todos.listed", "m1");
  EXPECT_EQ(world_.heard("web-1"), "");
}

TEST_F(DeliveryTest, ARequestsReceiverThatDiesIsTold) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.heard();
  world_.dismiss(todo);
  EXPECT_EQ(
      world_.heard(),
      "web-1: error receiver-lost m1: todo (todo-1) was lost before it had completed this: its process has "
      "ended\n");
}

TEST_F(DeliveryTest, AStreamWhoseReplierDiesIsTold) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.reply(todo, "todos.listed", "m1", {.more = true});
  world_.handled(todo, {1});
  world_.heard();
  world_.dismiss(todo);
  EXPECT_EQ(world_.heard("web-1: error receiver-lost m1").empty(), false);
}

TEST_F(DeliveryTest, WhatWasWaitingForADeadInstanceGoesToAnother) {
  const std::string first = world_.join("todo@1.0.0", 1);
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  world_.command(web_, "todos.list", {.id = "m2", .activity = "a"});
  world_.join("todo@1.0.0");
  world_.heard();
  world_.dismiss(first);
  EXPECT_EQ(world_.heard("todo-2"), "todo-2: command todos.list m2 from web@1.0.0 #1\n");
}

TEST_F(DeliveryTest, AMessageOutlivesItsSender) {
  world_.command(web_, "todos.list", {.id = "m1"});
  world_.dismiss(web_);
  world_.heard();
  world_.register_on(50, world_.registration(world_.admit("todo@1.0.0")));
  EXPECT_EQ(world_.heard("todo-1: command"), "todo-1: command todos.list m1 from web@1.0.0 #1\n");
}

TEST_F(DeliveryTest, ADrainingInstanceGetsNothingNew) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.say(todo, Kind::kDrain);
  EXPECT_EQ(world_.heard(), "todo-1: draining\n");
  ask("m1");
  EXPECT_EQ(world_.heard(), "");
}

TEST_F(DeliveryTest, ADrainingInstanceFinishesWhatItHas) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.say(todo, Kind::kDrain);
  world_.heard();
  world_.reply(todo, "todos.listed", "m1");
  world_.handled(todo, {1});
  world_.say(todo, Kind::kGoodbye);
  EXPECT_EQ(world_.heard(),
            "web-1: reply todos.listed to m1 from todo@1.0.0\n"
            "todo-1: goodbye\n"
            "host: lost todo-1: goodbye\n");
}

TEST_F(DeliveryTest, GoodbyeWithUnfinishedWorkAnswersForIt) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.say(todo, Kind::kGoodbye);
  EXPECT_EQ(world_.heard("web-1: error receiver-lost m1").empty(), false);
}

TEST_F(DeliveryTest, CreditIsGrantedAgainAsItIsUsed) {
  world_.join("todo@1.0.0");
  for (int i = 0; i < 127; ++i) world_.command(web_, "todos.list");
  world_.drained();
  EXPECT_EQ(world_.heard("web-1: credit"), "web-1: credit accepted 127\n");
  world_.command(web_, "todos.list");
  world_.drained();
  EXPECT_EQ(world_.heard("web-1: credit"), "web-1: credit accepted 128 todo:384\n");
}

TEST_F(DeliveryTest, AFewAcceptedMessagesAreToldLater) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list");
  world_.drained();
  EXPECT_EQ(world_.heard("web-1"), "");
  world_.pass(std::chrono::milliseconds(50));
  EXPECT_EQ(world_.heard("web-1"), "web-1: credit accepted 1\n");
}

TEST_F(DeliveryTest, ARoleThatDoesNotKeepUpGivesNoCredit) {
  const std::string todo = world_.join("todo@1.0.0", 4);
  for (int i = 0; i < 256; ++i) world_.command(web_, "todos.list");
  world_.drained();
  EXPECT_EQ(world_.heard("web-1: credit"), "web-1: credit accepted 256\n");
  std::uint64_t sequence = 0;
  for (; sequence < 123; ++sequence) world_.handled(todo, {sequence + 1});
  world_.drained();
  EXPECT_EQ(world_.heard("web-1: credit").find("todo:"), std::string::npos);
  for (; sequence < 124; ++sequence) world_.handled(todo, {sequence + 1});
  world_.drained();
  EXPECT_NE(world_.heard("web-1: credit").find("todo:384"), std::string::npos);
}

TEST_F(DeliveryTest, WhoOutrunsItsCreditIsOverloaded) {
  world_.join("todo@1.0.0", 1);
  for (int i = 0; i < 512; ++i) world_.command(web_, "todos.list");
  EXPECT_EQ(world_.heard("web-1: error"), "");
  world_.command(web_, "todos.list", {.id = "straw"});
  EXPECT_EQ(
      world_.heard("web-1: error"),
      "web-1: error overloaded straw: \"todos.list\" was sent without credit: todo has been sent 512 "
      "commands of 256 granted, and 0 bytes of them wait; await credit before sending more, as a relay's "
      "awaited send does\n");
}

TEST_F(DeliveryTest, WhoIgnoresItsCreditIsRefusedByBytes) {
  World world({.environment = "test"});
  world.version("web@1.0.0").sends = {"todos.list"};
  world.version("todo@1.0.0").receives = {"todos.list"};
  world.publish();
  const std::string sender = world.join("web@1.0.0");
  const std::string large(1024 * 1024, 'x');
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    world.command(sender, "todos.list", {.payload = large});
    if (!world.heard("web-1: error overloaded").empty()) ++refused;
  }
  EXPECT_EQ(refused, 40 - 4 - 8) << "4 are granted at first, and 8 MiB beyond it are taken";
}

TEST_F(DeliveryTest, OneRolesQueueIsBoundedByBytes) {
  World small(
      {.environment = "test", .flow = {.window = 256, .first_window = 256, .role_queue_bytes = 1000}});
  small.version("web@1.0.0").sends = {"todos.list"};
  small.version("todo@1.0.0").receives = {"todos.list"};
  small.publish();
  const std::string sender = small.join("web@1.0.0");
  const std::string todo = small.join("todo@1.0.0", 1);
  for (int i = 0; i < 140; ++i) small.command(sender, "todos.list", {.payload = std::string(100, 'x')});
  std::uint64_t sequence = 0;
  while (sequence < 128) small.handled(todo, {++sequence});
  small.drained();
  EXPECT_EQ(small.heard("web-1: credit").find("todo:"), std::string::npos) << "1,100 bytes wait";
  while (sequence < 136) small.handled(todo, {++sequence});
  small.drained();
  EXPECT_NE(small.heard("web-1: credit").find("todo:"), std::string::npos) << "300 bytes wait";
}

TEST_F(DeliveryTest, TheOldestOfTooManyUnansweredRequestsGetsAnError) {
  World world({.environment = "test", .flow = {.window = 256, .first_window = 256}, .unanswered_limit = 2});
  world.version("web@1.0.0").sends = {"todos.list"};
  world.version("todo@1.0.0").receives = {"todos.list"};
  world.publish();
  const std::string web = world.join("web@1.0.0");
  const std::string todo = world.join("todo@1.0.0");
  for (const char* id : {"m1", "m2", "m3"})
    world.command(web, "todos.list", {.id = id, .expects = Expects::kOne});
  world.handled(todo, {1, 2});
  world.heard();
  world.handled(todo, {3});
  const std::string why =
      "3 requests were handled and wait for replies; the bus keeps 2, and this one was the oldest";
  EXPECT_EQ(world.heard(), "web-1: error overloaded m1: " + why +
                               "\ntodo-1: cancel m1\nhost: notice bus: " + why + ": m1\n");
  world.reply(todo, "todos.listed", "m1");
  EXPECT_EQ(world.heard("web-1"), "") << "it comes too late";
  world.reply(todo, "todos.listed", "m2");
  EXPECT_EQ(world.heard("web-1"), "web-1: reply todos.listed to m2 from todo@1.0.0\n");
}

TEST_F(DeliveryTest, AReplierThatSendsFarMorePagesThanItsAskerTakesFailsThatAnswerAlone) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.heard();
  for (std::uint64_t page = 0; page < 16; ++page)
    world_.reply(todo, "todos.listed", "m1", {.more = true, .page = page});
  EXPECT_EQ(world_.heard("host"), "") << "8 are taken unasked, and it may not have heard";
  world_.reply(todo, "todos.listed", "m1", {.id = "r17", .more = true, .page = 16});
  const std::string why = "todo sent page 17 of its reply, and 8 were asked for\n";
  EXPECT_EQ(world_.heard(), "web-1: error overloaded m1: " + why + "todo-1: error overloaded r17: " + why +
                                "host: notice bus: todo (todo-1): " + why);
  world_.reply(todo, "todos.listed", "m1", {.page = 17});
  EXPECT_EQ(world_.heard("web-1"), "") << "a request has one end";
  world_.handled(todo, {1});
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(DeliveryTest, AsManyPagesComeAsItsAskerTakes) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.receive(web_, {.kind = Kind::kWindow, .response_to = "m1", .pages = 100});
  world_.receive(web_, {.kind = Kind::kWindow, .response_to = "m1", .pages = 50});
  for (std::uint64_t page = 0; page < 107; ++page)
    world_.reply(todo, "todos.listed", "m1", {.more = true, .page = page});
  world_.heard();
  world_.reply(todo, "todos.listed", "m1", {.page = 107});
  EXPECT_EQ(world_.heard(), "web-1: reply todos.listed to m1 from todo@1.0.0 page 107\n");
}

TEST_F(DeliveryTest, WhoIgnoresWindowsAgainAndAgainIsCutOff) {
  World world({.environment = "test", .malformed_limit = 2});
  world.version("web@1.0.0").sends = {"todos.list"};
  world.version("todo@1.0.0").receives = {"todos.list"};
  world.publish();
  const std::string web = world.join("web@1.0.0");
  const std::string todo = world.join("todo@1.0.0");
  for (const char* id : {"m1", "m2"}) {
    world.command(web, "todos.list", {.id = id, .expects = Expects::kMany});
    for (std::uint64_t page = 0; page < 17; ++page)
      world.reply(todo, "todos.listed", id, {.more = true, .page = page});
  }
  EXPECT_EQ(world.heard("host: lost"), "host: lost todo-1: protocol fault\n");
}

TEST_F(DeliveryTest, ACommandToExoNeedsNoCredit) {
  const std::string person = world_.join_operator();
  for (int i = 0; i < 2000; ++i) world_.command(person, "exo.status");
  EXPECT_EQ(world_.heard("operator-1: error"), "");
}

}  // namespace
}  // namespace exo::routing

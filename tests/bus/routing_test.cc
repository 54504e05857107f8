// Who may send what, and which version and instance gets it.
#include <gtest/gtest.h>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

class RoutingTest : public testing::Test {
 protected:
  RoutingTest() {
    world_.version("web@1.0.0").sends = {"todos.list", "todos.gone"};
    world_.version("todo@1.0.0").receives = {"todos.list"};
    world_.publish();
    web_ = world_.join("web@1.0.0");
  }
  World world_;
  std::string web_;
};

TEST_F(RoutingTest, AnUndeclaredNameIsNotAllowed) {
  world_.command(web_, "todos.drop", {.id = "m1"});
  EXPECT_EQ(world_.heard(),
            "web-1: error not-allowed m1: web@1.0.0 may not send \"todos.drop\"; list it under "
            "messages.sends in its "
            "service.yml\n");
}

TEST_F(RoutingTest, ADeclaredNameThatNobodyReceivesHasNoReceiver) {
  world_.command(web_, "todos.gone", {.id = "m1"});
  EXPECT_EQ(
      world_.heard(),
      "web-1: error no-receiver m1: no service of this application receives \"todos.gone\"; list it under "
      "messages.receives in the service.yml of the service that should\n");
}

TEST_F(RoutingTest, AMisspelledNameIsToldTheNearestThatTheSenderMaySend) {
  world_.command(web_, "todos.lsit", {.id = "m1"});
  const std::string heard = world_.heard();
  EXPECT_NE(heard.find("in its service.yml; did you mean \"todos.list\"?\n"), std::string::npos) << heard;
}

TEST_F(RoutingTest, AMisspelledDeclarationIsToldTheNearestNameThatIsReceived) {
  world_.version("web@1.0.0").sends = {"todos.lits"};
  world_.publish();
  world_.heard();
  world_.command(web_, "todos.lits", {.id = "m1"});
  const std::string heard = world_.heard(web_);
  EXPECT_NE(heard.find("the service that should; did you mean \"todos.list\"?\n"), std::string::npos)
      << heard;
}

TEST_F(RoutingTest, ARightNameThatIsNotDeclaredIsNoMisspelling) {
  world_.version("web@1.0.0").sends = {"todos.lists"};
  world_.publish();
  world_.heard();
  world_.command(web_, "todos.list", {.id = "m1"});
  EXPECT_EQ(world_.heard(web_).find("did you mean"), std::string::npos);
}

TEST_F(RoutingTest, AServiceMayNotTalkToExo) {
  world_.command(web_, "exo.stop", {.id = "m1"});
  EXPECT_EQ(world_.heard(),
            "web-1: error not-allowed m1: only exo-operator may send \"exo.stop\", not web\n");
}

TEST_F(RoutingTest, AServiceCannotReceiveWhatBelongsToExo) {
  world_.version("web@1.0.0").sends = {"exo.stop"};
  world_.version("todo@1.0.0").receives = {"exo.stop"};
  world_.publish();
  world_.join("todo@1.0.0");
  world_.command(web_, "exo.stop", {.id = "m1"});
  EXPECT_EQ(world_.heard(),
            "web-1: error not-allowed m1: only exo-operator may send \"exo.stop\", not web\n");
}

TEST_F(RoutingTest, ATranslationMakesNoWayToWhatBelongsToExo) {
  world_.version("web@1.0.0").sends = {"stop"};
  world_.version("web@1.0.0").translations = {{"exo.stop", "stop"}};
  world_.version("todo@1.0.0").receives = {"exo.stop"};
  world_.publish();
  world_.join("todo@1.0.0");
  world_.heard();
  world_.command(web_, "stop", {.id = "m1"});
  const std::string heard = world_.heard();
  EXPECT_EQ(heard.find("web-1: error no-receiver m1: no service of this application receives \"exo.stop\""),
            0U)
      << heard;
}

TEST_F(RoutingTest, AMessageGoesToTheRoleThatReceivesItsName) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .payload = "all"});
  EXPECT_EQ(world_.heard(), "todo-1: command todos.list m1 from web@1.0.0 #1 payload all\n");
}

TEST_F(RoutingTest, ANameWithSeveralReceivingRolesGoesToEachOfThem) {
  world_.version("log@1.0.0").receives = {"todos.list"};
  world_.publish();
  world_.join("todo@1.0.0");
  world_.join("log@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .payload = "all"});
  EXPECT_EQ(world_.heard(),
            "todo-1: command todos.list m1 from web@1.0.0 #1 payload all\n"
            "log-1: command todos.list m1 from web@1.0.0 #1 payload all\n");
}

TEST_F(RoutingTest, ARoleReceivesItsOwnMessages) {
  world_.version("web@1.0.0").receives = {"todos.list"};
  world_.plan.versions.erase(world_.plan.versions.begin() + 1);
  world_.publish();
  world_.heard();
  world_.command(web_, "todos.list", {.id = "m1"});
  EXPECT_EQ(world_.heard(), "web-1: command todos.list m1 from web@1.0.0 #1\n");
}

TEST_F(RoutingTest, ARolesOwnMessageGoesToTheLeastBusyOfItsInstances) {
  world_.version("web@1.0.0").receives = {"todos.list"};
  world_.plan.versions.erase(world_.plan.versions.begin() + 1);
  world_.publish();
  world_.join("web@1.0.0");
  world_.heard();
  for (const char* id : {"m1", "m2"}) world_.command(web_, "todos.list", {.id = id});
  const std::string both = world_.heard();
  EXPECT_NE(both.find("web-1: command"), std::string::npos) << both;
  EXPECT_NE(both.find("web-2: command"), std::string::npos) << both;
  world_.handled(web_, {1});
  world_.heard();
  world_.command(web_, "todos.list", {.id = "m3"});
  EXPECT_EQ(world_.heard(), "web-1: command todos.list m3 from web@1.0.0 #2\n");
}

TEST_F(RoutingTest, ARolesOwnMessageStaysWithTheInstanceThatHasTheActivity) {
  world_.version("web@1.0.0").receives = {"todos.list"};
  world_.plan.versions.erase(world_.plan.versions.begin() + 1);
  world_.publish();
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  const std::string other = world_.join("web@1.0.0");
  world_.command(web_, "todos.list", {.id = "m2", .activity = "a"});
  EXPECT_EQ(world_.heard("web-1: command"), "web-1: command todos.list m2 from web@1.0.0 #2\n");
  world_.command(other, "todos.list", {.id = "m3", .activity = "a"});
  EXPECT_EQ(world_.heard("web-1: command"), "web-1: command todos.list m3 from web@1.0.0 #3\n");
}

TEST_F(RoutingTest, AnActivityStaysWithItsInstanceThoughAnotherIsLessBusy) {
  world_.join("todo@1.0.0");
  for (const char* id : {"m1", "m2"}) world_.command(web_, "todos.list", {.id = id, .activity = "a"});
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m3", .activity = "a"});
  EXPECT_EQ(world_.heard("todo"), "todo-1: command todos.list m3 from web@1.0.0 #3\n");
}

TEST_F(RoutingTest, AnIdThatIsInUseIsMalformed) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1"});
  world_.heard();
  world_.command(web_, "todos.list", {.id = "m1"});
  EXPECT_EQ(world_.heard(), "web-1: error malformed m1: the id m1 belongs to another command already\n");
}

TEST_F(RoutingTest, AFinishedCommandsIdIsFree) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1"});
  world_.handled("todo-1", {1});
  world_.heard();
  world_.command(web_, "todos.list", {.id = "m1"});
  EXPECT_EQ(world_.heard(), "todo-1: command todos.list m1 from web@1.0.0 #2\n");
}

TEST_F(RoutingTest, TheLeastBusyInstanceGetsTheNextActivity) {
  world_.join("todo@1.0.0");
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1"});
  world_.command(web_, "todos.list", {.id = "m2"});
  world_.handled("todo-2", {1});
  world_.heard();
  world_.command(web_, "todos.list", {.id = "m3"});
  EXPECT_EQ(world_.heard(), "todo-2: command todos.list m3 from web@1.0.0 #2\n");
}

TEST_F(RoutingTest, AnActivityStaysWithItsInstance) {
  world_.join("todo@1.0.0");
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  world_.command(web_, "todos.list", {.id = "m2", .activity = "a"});
  world_.command(web_, "todos.list", {.id = "m3", .activity = "a"});
  EXPECT_EQ(world_.heard("todo-2"), "");
}

TEST_F(RoutingTest, AnActivityStaysWithItsVersionWhenTheSplitMoves) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  world_.version("todo@1.0.0").share = 0;
  world_.version("todo@2.0.0").receives = {"todos.list"};
  world_.publish();
  world_.join("todo@2.0.0");
  world_.command(web_, "todos.list", {.id = "m2", .activity = "a"});
  world_.command(web_, "todos.list", {.id = "m3", .activity = "b"});
  EXPECT_EQ(world_.heard(),
            "todo-1: command todos.list m2 from web@1.0.0 #2\n"
            "todo-2: command todos.list m3 from web@1.0.0 #1\n");
}

TEST_F(RoutingTest, ADrainingVersionKeepsOnlyTheActivitiesThatItHas) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  world_.version("todo@1.0.0").gate = Gate::kDraining;
  world_.version("todo@2.0.0").receives = {"todos.list"};
  world_.publish();
  world_.join("todo@2.0.0");
  world_.command(web_, "todos.list", {.id = "m2", .activity = "a"});
  world_.command(web_, "todos.list", {.id = "m3", .activity = "b"});
  EXPECT_EQ(world_.heard(),
            "todo-1: command todos.list m2 from web@1.0.0 #2\n"
            "todo-2: command todos.list m3 from web@1.0.0 #1\n");
}

TEST_F(RoutingTest, ARollbackBreaksAnActivitysTie) {
  world_.version("todo@2.0.0").receives = {"todos.list"};
  world_.version("todo@1.0.0").share = 0;
  world_.publish();
  world_.join("todo@1.0.0");
  world_.join("todo@2.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  world_.version("todo@2.0.0").gate = Gate::kHeld;
  world_.publish();
  world_.version("todo@2.0.0").gate = Gate::kOpen;
  world_.version("todo@2.0.0").share = 0;
  world_.version("todo@1.0.0").share = 1;
  world_.publish();
  world_.heard();
  world_.command(web_, "todos.list", {.id = "m2", .activity = "a"});
  EXPECT_EQ(world_.heard(), "todo-1: command todos.list m2 from web@1.0.0 #1\n");
}

TEST_F(RoutingTest, TheSplitIsKeptOverAFewMessages) {
  world_.version("todo@1.0.0").share = 0.75;
  world_.version("todo@2.0.0").receives = {"todos.list"};
  world_.version("todo@2.0.0").share = 0.25;
  world_.publish();
  world_.join("todo@1.0.0");
  world_.join("todo@2.0.0");
  for (int i = 0; i < 8; ++i) world_.command(web_, "todos.list");
  const std::string to_second = world_.heard("todo-2");
  EXPECT_EQ(std::count(to_second.begin(), to_second.end(), '\n'), 2) << to_second;
}

TEST_F(RoutingTest, AnOpenVersionWithoutAnInstanceGetsNothingWhileAnotherHasOne) {
  world_.version("todo@2.0.0").receives = {"todos.list"};
  world_.publish();
  world_.join("todo@1.0.0");
  for (int i = 0; i < 4; ++i) world_.command(web_, "todos.list");
  const std::string heard = world_.heard("todo-1");
  EXPECT_EQ(std::count(heard.begin(), heard.end(), '\n'), 4) << heard;
}

TEST_F(RoutingTest, ANameThatOnlyTheNewVersionKnowsGoesThere) {
  world_.version("web@1.0.0").sends.emplace_back("todos.find");
  world_.version("todo@2.0.0").receives = {"todos.find"};
  world_.version("todo@2.0.0").share = 0;
  world_.publish();
  world_.join("todo@1.0.0");
  world_.join("todo@2.0.0");
  world_.heard();
  world_.command(web_, "todos.find", {.id = "m1"});
  EXPECT_EQ(world_.heard(), "todo-2: command todos.find m1 from web@1.0.0 #1\n");
}

TEST_F(RoutingTest, AVersionThatDoesNotExistIsUnknown) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .version = "9.0.0"});
  EXPECT_EQ(
      world_.heard(),
      "web-1: error unknown-version m1: no version of todo that receives \"todos.list\" satisfies \"9.0.0\"; "
      "there is todo@1.0.0\n");
}

TEST_F(RoutingTest, AVersionThatIsNoVersionIsUnknown) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .version = "newest"});
  EXPECT_EQ(world_.heard("web-1: error unknown-version m1").empty(), false);
}

TEST_F(RoutingTest, APinnedMessageGoesToItsVersion) {
  world_.version("todo@2.0.0").receives = {"todos.list"};
  world_.version("todo@2.0.0").share = 0;
  world_.publish();
  world_.join("todo@1.0.0");
  world_.join("todo@2.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .version = "2.0.0"});
  world_.command(web_, "todos.list", {.id = "m2", .version = "^2.0.0"});
  EXPECT_EQ(world_.heard(),
            "todo-2: command todos.list m1 from web@1.0.0 #1\n"
            "todo-2: command todos.list m2 from web@1.0.0 #2\n");
}

TEST_F(RoutingTest, APinIsStrongerThanATie) {
  world_.version("todo@2.0.0").receives = {"todos.list"};
  world_.version("todo@2.0.0").share = 0;
  world_.publish();
  world_.join("todo@1.0.0");
  world_.join("todo@2.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .activity = "a"});
  world_.command(web_, "todos.list", {.id = "m2", .version = "2.0.0", .activity = "a"});
  EXPECT_EQ(world_.heard("todo-2"), "todo-2: command todos.list m2 from web@1.0.0 #1\n");
}

TEST_F(RoutingTest, APinReachesADrainingVersion) {
  world_.version("todo@1.0.0").gate = Gate::kDraining;
  world_.publish();
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .version = "1.0.0"});
  EXPECT_EQ(world_.heard(), "todo-1: command todos.list m1 from web@1.0.0 #1\n");
}

TEST_F(RoutingTest, NamesAreTranslatedForTheReceiver) {
  world_.version("users@1.0.0") = {.role = "users",
                                   .version = "1.0.0",
                                   .receives = {"mongo.create"},
                                   .translations = {{"users.create", "mongo.create"}},
                                   .gate = Gate::kOpen,
                                   .share = 1};
  world_.version("web@1.0.0").sends = {"users.create"};
  world_.publish();
  world_.join("users@1.0.0");
  world_.command(web_, "users.create", {.id = "m1"});
  EXPECT_EQ(world_.heard(), "users-1: command mongo.create m1 from web@1.0.0 #1\n");
}

TEST_F(RoutingTest, NamesAreTranslatedForTheSender) {
  world_.version("web@1.0.0").sends = {"tasks.list"};
  world_.version("web@1.0.0").translations = {{"todos.list", "tasks.list"}};
  world_.publish();
  world_.join("todo@1.0.0");
  world_.command(web_, "tasks.list", {.id = "m1"});
  EXPECT_EQ(world_.heard(), "todo-1: command todos.list m1 from web@1.0.0 #1\n");
}

TEST_F(RoutingTest, ATranslatedNameIsNotDeclaredByItsPublicName) {
  world_.version("web@1.0.0").sends = {"tasks.list"};
  world_.version("web@1.0.0").translations = {{"todos.list", "tasks.list"}};
  world_.publish();
  world_.heard();
  world_.command(web_, "todos.list", {.id = "m1"});
  EXPECT_EQ(world_.heard("web-1: error not-allowed m1").empty(), false);
}

TEST_F(RoutingTest, OperatorsMaySendOnlyWhereTheTableSaysSo) {
  const std::string person = world_.join_operator();
  world_.join("todo@1.0.0");
  world_.command(person, "todos.list", {.id = "m1"});
  EXPECT_EQ(
      world_.heard(),
      "operator-1: error not-allowed m1: exo-operator may not send \"todos.list\" in this environment\n");
  world_.plan.operator_may_send = true;
  world_.publish();
  world_.heard();
  world_.command(person, "todos.list", {.id = "m2"});
  EXPECT_EQ(world_.heard(), "todo-1: command todos.list m2 from exo-operator #1\n");
}

TEST_F(RoutingTest, OperatorsTalkToExo) {
  const std::string person = world_.join_operator();
  world_.command(person, "exo.status", {.id = "m1", .expects = Expects::kOne});
  EXPECT_EQ(world_.heard(), "host: command exo.status from operator-1\n");
}

TEST_F(RoutingTest, OperatorsAreAskedToWaitWhenTheHostDoesNotKeepUp) {
  const std::string person = world_.join_operator();
  world_.router.set_host_state(Router::HostState::kCongested);
  world_.command(person, "exo.status", {.id = "m1"});
  EXPECT_EQ(world_.heard(), "operator-1: error overloaded m1: exo does not keep up; try again\n");
}

TEST_F(RoutingTest, ExosAnswerGoesToTheOperator) {
  const std::string person = world_.join_operator();
  world_.command(person, "exo.status", {.id = "m1", .expects = Expects::kOne});
  world_.heard();
  world_.exo_sends({.kind = Kind::kReply,
                    .instance = person,
                    .name = "exo.status",
                    .response_to = "m1",
                    .payload = Payload(std::string_view("fine"))});
  EXPECT_EQ(world_.heard(), "operator-1: reply exo.status to m1 from exo payload fine\n");
}

TEST_F(RoutingTest, AnAnswerOfExoToSomebodyGoneIsNoted) {
  world_.exo_sends(
      {.kind = Kind::kReply, .instance = "operator-9", .name = "exo.status", .response_to = "m1"});
  EXPECT_EQ(world_.heard(),
            "host: notice bus: dropped the answer \"exo.status\" to operator-9, which has gone\n");
}

TEST_F(RoutingTest, ATableIsInEffectOnceItIsPublished) {
  world_.publish();
  EXPECT_EQ(world_.heard("host"), "host: table 2\n");
}

TEST_F(RoutingTest, RoutesArePublishedAgainOnlyWhenTheyChange) {
  world_.publish();
  EXPECT_EQ(world_.heard("web-1"), "");
  world_.version("log@1.0.0").receives = {"todos.list"};
  world_.publish();
  EXPECT_EQ(world_.heard("web-1: routes"), "web-1: routes todos.list:todo,log\n");
}

TEST_F(RoutingTest, ADeliveryTellsWhatIsLeftOfItsTime) {
  world_.command(web_, "todos.list", {.id = "m1", .timeout_ms = 5000});
  world_.pass(std::chrono::milliseconds(2000));
  const std::string todo = world_.admit("todo@1.0.0");
  world_.router.receive(ConnectionId{77}, {.kind = Kind::kRegister},
                        encode_registration(world_.registration(todo)), world_.now());
  Outbox& outbox = world_.router.outbox();
  HeaderView header;
  ASSERT_TRUE(decode_header(std::as_bytes(std::span(outbox.at(outbox.size() - 1).header)), header).ok());
  EXPECT_EQ(header.timeout_ms, 3000U);
}

}  // namespace
}  // namespace exo::routing

#include "bus/wire/control.h"

#include <gtest/gtest.h>

#include "bus/wire/header.h"

namespace exo {
namespace {

using namespace std::string_literals;

Registration registration() {
  return Registration{.protocols = {1},
                      .role = "todo",
                      .version = "0.0.1",
                      .instance = "todo-1",
                      .token = "f00d",
                      .handles = {"todo.add"},
                      .window = 16,
                      .relay = "test 1"};
}

std::string refusal(const Registration& changed) {
  const auto outcome = decode_registration(encode_registration(changed).text());
  return outcome.ok() ? "accepted" : outcome.error().code + ": " + outcome.error().message;
}

template <typename Outcome>
std::string message_of(const Outcome& outcome) {
  return outcome.ok() ? "accepted" : outcome.error().message;
}

TEST(DecodeRegistration, RefusesWhatIsNotAMapOfNames) {
  EXPECT_EQ(message_of(decode_registration("")), "payload: it is empty");
  EXPECT_EQ(message_of(decode_registration("\x90")), "payload: it is not a map");
  EXPECT_EQ(message_of(decode_registration("\x81\x01\x01")), "payload: every key must be a string");
}

TEST(DecodeRegistration, RefusesAPeerThatDoesNotSayWhoItIs) {
  auto nobody = registration();
  nobody.role.clear();
  EXPECT_EQ(refusal(nobody), "malformed: payload: `role` is missing");
  nobody = registration();
  nobody.instance.clear();
  EXPECT_EQ(refusal(nobody), "malformed: payload: `instance` is missing");
}

TEST(DecodeRegistration, RefusesAWindowOutsideItsRange) {
  auto changed = registration();
  changed.window = 0;
  EXPECT_EQ(refusal(changed), "malformed: payload: `window` must be from 1 to 4096");
  changed.window = 4097;
  EXPECT_EQ(refusal(changed), "malformed: payload: `window` must be from 1 to 4096");
  changed.window = 4096;
  EXPECT_EQ(refusal(changed), "accepted");
}

TEST(DecodeRegistration, RefusesWordsOverTheirLimit) {
  const std::string long_word(256, 'a');
  auto changed = registration();
  changed.role = long_word;
  EXPECT_EQ(refusal(changed), "malformed: payload: `role` is longer than 255 bytes");
  changed = registration();
  changed.handles.push_back(long_word);
  EXPECT_EQ(refusal(changed), "malformed: payload: `handles` is longer than 255 bytes");
}

TEST(DecodeRegistration, RefusesAWrongType) {
  EXPECT_EQ(message_of(decode_registration("\x81\xa4role\x01")), "payload: `role` must be a string");
  EXPECT_EQ(message_of(decode_registration("\x81\xa7handles\x01")), "payload: `handles` must be a list");
  EXPECT_EQ(message_of(decode_registration("\x81\xa7handles\x91\x01")),
            "payload: `handles` must be a string");
  EXPECT_EQ(message_of(decode_registration("\x81\xa6window\xff")),
            "payload: `window` must be an unsigned integer");
  EXPECT_EQ(message_of(decode_registration("\x81\xa6window\xcf\x00\x00\x00\x01\x00\x00\x00\x00"s)),
            "payload: `window` is too large");
}

TEST(DecodeRegistration, RefusesALockThatIsNone) {
  auto changed = registration();
  changed.locks = {{.key = "", .id = "m-1", .number = 7}};
  EXPECT_EQ(refusal(changed), "malformed: payload: `locks` has a key that is empty");
  changed.locks = {{.key = std::string(256, 'k'), .id = "m-1", .number = 7}};
  EXPECT_EQ(refusal(changed), "malformed: payload: `locks` is longer than 255 bytes");
  changed.locks = {{.key = "accounts", .id = "m 1", .number = 7}};
  EXPECT_EQ(refusal(changed), "malformed: payload: `locks` has an id that is none");
  EXPECT_EQ(message_of(decode_registration("\x81\xa5locks\x91\x92\xa1k\xa1i")),
            "payload: `locks` must be a list of [key, id, number]");
  EXPECT_EQ(message_of(decode_registration("\x81\xa5locks\x91\x93\xa1k\xa1i\xff")),
            "payload: `locks` must be an unsigned integer");
}

TEST(DecodeRegistration, ReadsLocksThatWereWritten) {
  auto changed = registration();
  changed.locks = {{.key = "accounts", .id = "m-1", .number = 7}, {.key = "stock", .id = "m-2", .number = 8}};
  const auto read = decode_registration(encode_registration(changed).text());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().locks, changed.locks);
}

TEST(DecodeRegistration, RefusesEveryTruncation) {
  auto holder = registration();
  holder.locks = {{.key = "accounts", .id = "m-1", .number = 7}};
  const Payload whole = encode_registration(holder);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_registration(whole.text().substr(0, length)).ok()) << "at length " << length;
  }
}

TEST(DecodeRegistration, RefusesMoreNamesThanAnybodyNeeds) {
  auto changed = registration();
  changed.handles.assign(kControlListLimit + 1, "a");
  EXPECT_EQ(refusal(changed), "malformed: payload: `handles` has more than 65536 elements");
}

TEST(DecodeRegistration, TakesMissingListsForEmptyAndAMissingWindowFor256) {
  const auto read = decode_registration("\x82\xa4role\xa1r\xa8instance\xa1i");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_TRUE(read.value().handles.empty());
  EXPECT_EQ(read.value().window, 256U);
}

TEST(DecodeRegistration, IgnoresUnknownKeysAndNil) {
  const auto read =
      decode_registration("\x84\xa4role\xa1r\xa5later\x81\xa1x\x90\xa8instance\xa1i\xa7version\xc0");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().instance, "i");
  EXPECT_EQ(read.value().version, "");
}

TEST(DecodeRegistration, ReadsEverythingThatWasWritten) {
  const auto read = decode_registration(encode_registration(registration()).text());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().protocols, registration().protocols);
  EXPECT_EQ(read.value().role, "todo");
  EXPECT_EQ(read.value().version, "0.0.1");
  EXPECT_EQ(read.value().instance, "todo-1");
  EXPECT_EQ(read.value().token, "f00d");
  EXPECT_EQ(read.value().handles, registration().handles);
  EXPECT_EQ(read.value().window, 16U);
  EXPECT_EQ(read.value().relay, "test 1");
}

TEST(DecodeRegistered, ReadsEverythingThatWasWritten) {
  const Registered written{.protocol = 1,
                           .role = "web",
                           .version = "1.0.0",
                           .instance = "web-3",
                           .connection = 2,
                           .environment = "staging",
                           .heartbeat_ms = 5000,
                           .frame_limit_bytes = kPayloadLimitBytes};
  const auto read = decode_registered(encode_registered(written).text());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().protocol, 1U);
  EXPECT_EQ(read.value().role, "web");
  EXPECT_EQ(read.value().version, "1.0.0");
  EXPECT_EQ(read.value().instance, "web-3");
  EXPECT_EQ(read.value().connection, 2U);
  EXPECT_EQ(read.value().environment, "staging");
  EXPECT_EQ(read.value().heartbeat_ms, 5000U);
  EXPECT_EQ(read.value().frame_limit_bytes, kPayloadLimitBytes);
}

TEST(DecodeRoutes, RefusesNamesThatAreNotAMapOfLists) {
  EXPECT_EQ(message_of(decode_routes("\x81\xa5names\x90")), "payload: `names` must be a map");
  EXPECT_EQ(message_of(decode_routes("\x81\xa5names\x81\xa1"
                                     "a\x01")),
            "payload: `names` must be a list");
  EXPECT_EQ(message_of(decode_routes("\x81\xa5names\x81\x01\x90")), "payload: `names` must be a string");
}

TEST(DecodeRoutes, RefusesEveryTruncation) {
  const Payload whole = encode_routes({.names = {{"a", {"x", "y"}}, {"b", {}}}});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_routes(whole.text().substr(0, length)).ok()) << "at length " << length;
  }
}

TEST(DecodeRoutes, ReadsEverythingThatWasWritten) {
  const Routes written{.names = {{"a", {"x", "y"}}, {"b", {}}}, .acknowledged = {"a"}};
  const auto read = decode_routes(encode_routes(written).text());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().names, written.names);
  EXPECT_EQ(read.value().acknowledged, written.acknowledged);
}

TEST(DecodeCredit, RefusesNegativeGrants) {
  EXPECT_EQ(message_of(decode_credit("\x81\xa6grants\x81\xa1"
                                     "a\xff")),
            "payload: `grants` must be an unsigned integer");
}

TEST(DecodeCredit, RefusesWhatIsNoRange) {
  const auto settled = [](std::string_view value) {
    return message_of(decode_credit("\x81\xa7settled" + std::string(value)));
  };
  EXPECT_EQ(settled("\x91\x01"), "payload: `settled` must be a list of pairs");
  EXPECT_EQ(settled("\x91\x91\x01"), "payload: `settled` must be a list of pairs");
  EXPECT_EQ(settled(std::string_view("\x91\x92\x00\x01", 4)),
            "payload: `settled` has a pair that is no range");
  EXPECT_EQ(settled("\x91\x92\x03\x02"), "payload: `settled` has a pair that is no range");
}

TEST(DecodeCredit, RefusesEveryTruncation) {
  const Payload whole =
      encode_credit({.accepted = 70'000, .grants = {{"todo", 300}}, .settled = {{1, 2}, {300, 301}}});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_credit(whole.text().substr(0, length)).ok()) << "at length " << length;
  }
}

TEST(DecodeCredit, ReadsEverythingThatWasWritten) {
  const Credit written{
      .accepted = 70'000, .grants = {{"todo", 300}, {"todo-search", 64}}, .settled = {{1, 64}, {70, 70}}};
  const auto read = decode_credit(encode_credit(written).text());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().accepted, written.accepted);
  EXPECT_EQ(read.value().grants, written.grants);
  EXPECT_EQ(read.value().settled, written.settled);
}

TEST(DecodeSequences, RefusesEveryTruncation) {
  const Payload whole = encode_sequences({1, 300, 70'000});
  std::vector<std::uint64_t> sequences;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode_sequences(whole.text().substr(0, length), sequences).ok()) << "at length " << length;
  }
}

TEST(DecodeSequences, ReplacesWhatTheListHeld) {
  std::vector<std::uint64_t> sequences = {9, 9, 9};
  ASSERT_TRUE(decode_sequences(encode_sequences({1, 300}).text(), sequences).ok());
  EXPECT_EQ(sequences, (std::vector<std::uint64_t>{1, 300}));
  ASSERT_TRUE(decode_sequences("\x80", sequences).ok());
  EXPECT_TRUE(sequences.empty());
}

TEST(DecodeIds, RefusesNumbers) {
  EXPECT_EQ(message_of(decode_ids("\x81\xa3ids\x91\x01")), "payload: `ids` must be a string");
}

TEST(DecodeIds, ReadsEverythingThatWasWritten) {
  const auto ids = decode_ids(encode_ids({"a", "b"}).text());
  ASSERT_TRUE(ids.ok()) << ids.error().message;
  EXPECT_EQ(ids.value(), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace exo

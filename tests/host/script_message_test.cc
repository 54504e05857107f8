#include "host/script_message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <variant>

namespace exo {
namespace {

using nlohmann::json;

const rollout::AttemptKey kAttempt{.version = {"todo-search", "0.0.1"},
                                   .phase = Phase::kOffline,
                                   .generation = 1,
                                   .id = {.run = "todo-search-0.0.1-offline-1", .attempt = 3}};

MessageToExo message(const std::string& word, const json& payload) {
  MessageToExo result;
  result.name = "deployment-todo-search-0.0.1-" + word;
  result.payload = json_to_payload(payload.dump());
  return result;
}

template <typename T>
T read(const MessageToExo& said) {
  const auto input = read_script_message(said, kAttempt);
  EXPECT_TRUE(input.ok() && input.value().has_value());
  return std::get<T>(*input.value());
}

TEST(ScriptMessage, refuses_a_payload_that_is_not_what_it_says) {
  MessageToExo said = message("offline-failed", "x");
  said.content_type = ContentType::kJson;
  said.payload = Payload(std::string_view("{not json"));
  EXPECT_EQ(read_script_message(said, kAttempt).error().code, "malformed");
}

TEST(ScriptMessage, does_not_take_words_of_the_other_phase_or_of_other_scripts) {
  EXPECT_FALSE(read_script_message(message("online-done", nullptr), kAttempt).value().has_value());
  MessageToExo other = message("offline-done", nullptr);
  other.name = "deployment-todo-0.0.1-offline-done";
  EXPECT_FALSE(read_script_message(other, kAttempt).value().has_value());
}

TEST(ScriptMessage, does_not_take_a_script_for_its_host) {
  EXPECT_FALSE(read_script_message(message("offline-start", nullptr), kAttempt).value().has_value());
  EXPECT_FALSE(read_script_message(message("offline-checkpointed", nullptr), kAttempt).value().has_value());
}

TEST(ScriptMessage, done_carries_how_many_messages_failed) {
  MessageToExo said = message("offline-done", nullptr);
  said.failed_messages = 2;
  said.handled_errors = 1;
  const auto done = read<rollout::ScriptSaidDone>(said);
  EXPECT_EQ(done.id, kAttempt.id);
  EXPECT_EQ(done.failed_messages, 2U);
  EXPECT_EQ(done.handled_errors, 1U);
}

TEST(ScriptMessage, failed_gives_its_reason_in_any_of_its_forms) {
  EXPECT_EQ(read<rollout::ScriptSaidFailed>(message("offline-failed", "no room")).reason, "no room");
  EXPECT_EQ(read<rollout::ScriptSaidFailed>(message("offline-failed", {{"reason", "no room"}})).reason,
            "no room");
  EXPECT_EQ(read<rollout::ScriptSaidFailed>(message("offline-failed", {{"code", 5}})).reason,
            R"({"code":5})");
  EXPECT_NE(read<rollout::ScriptSaidFailed>(message("offline-failed", nullptr)).reason, "");
}

TEST(ScriptMessage, failed_may_rule_out_a_retry_and_void_the_checkpoint) {
  using Failed = rollout::ScriptSaidFailed;
  const auto plain = read<Failed>(message("offline-failed", {{"reason", "no room"}, {"retry", true}}));
  EXPECT_EQ(plain.retry, Failed::Retry::kAsDeclared);
  EXPECT_EQ(plain.checkpoint, Failed::Checkpoint::kKept);
  const auto final = read<Failed>(
      message("offline-failed", {{"reason", "no room"}, {"retry", false}, {"voidsCheckpoint", true}}));
  EXPECT_EQ(final.reason, "no room");
  EXPECT_EQ(final.retry, Failed::Retry::kNever);
  EXPECT_EQ(final.checkpoint, Failed::Checkpoint::kVoid);
  const auto odd = read<Failed>(message("offline-failed", {{"retry", "no"}, {"voidsCheckpoint", 1}}));
  EXPECT_EQ(odd.retry, Failed::Retry::kAsDeclared) << "only false rules it out";
  EXPECT_EQ(odd.checkpoint, Failed::Checkpoint::kKept) << "only true voids it";
}

TEST(ScriptMessage, progress_is_harmless_when_it_is_not_as_documented) {
  const auto progress = read<rollout::ScriptSaidProgress>(message("offline-progress", {{"done", "many"}}));
  EXPECT_EQ(progress.done, 0);
  const auto good = read<rollout::ScriptSaidProgress>(
      message("offline-progress", {{"done", 3}, {"total", 9.5}, {"note", "n"}}));
  EXPECT_EQ(good.done, 3);
  EXPECT_EQ(good.total, 9.5);
  EXPECT_EQ(good.note, "n");
}

TEST(ScriptMessage, checkpoint_asks_for_an_answer_only_where_one_is_expected) {
  MessageToExo said = message("offline-checkpoint", {{"last", 17}});
  said.id = "m1";
  EXPECT_EQ(read<rollout::ScriptSaidCheckpoint>(said).message_id, "");
  said.expects = Expects::kOne;
  EXPECT_EQ(read<rollout::ScriptSaidCheckpoint>(said).message_id, "m1");
  EXPECT_EQ(read<rollout::ScriptSaidCheckpoint>(said).value, R"({"last":17})");
}

TEST(ScriptMessage, a_failed_start_message_fails_the_attempt) {
  MessageToExo said;
  said.kind = Kind::kError;
  said.response_to = start_message_id(kAttempt.id);
  said.code = "handler-failed";
  said.reason = "TypeError: todos is not iterable";
  EXPECT_EQ(read<rollout::ScriptSaidFailed>(said).reason, "handler-failed: TypeError: todos is not iterable");
  said.response_to = "another";
  EXPECT_FALSE(read_script_message(said, kAttempt).value().has_value());
}

TEST(StartMessage, tells_the_script_where_it_is) {
  const ExoMessage start = make_start_message(
      {.key = kAttempt, .environment = "local", .checkpoint = R"({"last":17})"}, "instance-1");
  EXPECT_EQ(start.name, "deployment-todo-search-0.0.1-offline-start");
  EXPECT_EQ(start.instance, "instance-1");
  EXPECT_LE(start.id.size(), kIdLimitBytes);
  const json payload = json::from_msgpack(start.payload.text());
  EXPECT_EQ(payload, json::parse(R"({"run":"todo-search-0.0.1-offline-1","attempt":3,"generation":1,
      "environment":"local","role":"todo-search","version":"0.0.1","phase":"offline",
      "checkpoint":{"last":17},"dryRun":false})"));
}

TEST(PayloadToJson, keeps_bytes_that_json_has_no_form_for) {
  EXPECT_EQ(payload_to_json(Payload(std::string_view("\x01\xff")), ContentType::kRaw).value(), R"("01ff")");
  const json binary = {{"blob", json::binary({0xde, 0xad})}};
  const auto bytes = json::to_msgpack(binary);
  const Payload payload(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  EXPECT_EQ(payload_to_json(payload, ContentType::kMsgpack).value(), R"({"blob":"dead"})");
}

TEST(PayloadToJson, refuses_what_is_nested_so_deep_that_reading_it_would_exhaust_the_stack) {
  const std::string deep_json = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(payload_to_json(Payload(std::string_view(deep_json)), ContentType::kJson).error().code,
            "malformed");
  const std::string deep_msgpack = std::string(1'000'000, '\x91') + '\xc0';
  EXPECT_EQ(payload_to_json(Payload(std::string_view(deep_msgpack)), ContentType::kMsgpack).error().code,
            "malformed");
  const std::string brackets_in_text = '"' + std::string(1000, '[') + '"';
  EXPECT_TRUE(payload_to_json(Payload(std::string_view(brackets_in_text)), ContentType::kJson).ok());
}

TEST(PayloadToJson, of_nothing_is_null) {
  EXPECT_EQ(payload_to_json(Payload(), ContentType::kMsgpack).value(), "null");
}

}  // namespace
}  // namespace exo

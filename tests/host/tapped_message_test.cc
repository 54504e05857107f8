#include "host/tapped_message.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

Value::Map command() {
  return {{"kind", "command"},    {"at", std::uint64_t{1'795'208'579'407'000'000}},
          {"sender", "web"},      {"senderVersion", "1.0.0"},
          {"name", "todos.list"}, {"receiverName", "list"},
          {"receiver", "todo"},   {"receiverVersion", "0.0.1"},
          {"id", "web-1.7"},      {"activityId", "web-1.1"},
          {"payloadBytes", 9}};
}

Value with_payload(std::string bytes, const char* type = "msgpack") {
  Value::Map map = command();
  map.emplace_back("contentType", type);
  map.emplace_back("payload", Value::Binary{std::move(bytes)});
  return map;
}

TEST(TappedMessage, IsOneLineAsInTheLogs) {
  EXPECT_EQ(tapped_to_lines(command(), 0),
            "21:02:59.407  web --[ todos.list ]-[ list ]-> todo  (id web-1.7, activity web-1.1)\n");
}

TEST(TappedMessage, SaysWhatAReplyAnswersAndWhichPageItIs) {
  EXPECT_EQ(tapped_to_lines(Value::map({{"kind", "reply"},
                                        {"sender", "todo"},
                                        {"name", "todos.listed"},
                                        {"receiverName", "todos.listed"},
                                        {"receiver", "web"},
                                        {"id", "r1"},
                                        {"responseTo", "web-1.7"},
                                        {"more", true}}),
                            0),
            "00:00:00.000  todo --[ todos.listed ]-> web  (id r1, answers web-1.7, page 0)\n");
}

TEST(TappedMessage, SaysWhyACommandFailedInPrintableText) {
  EXPECT_EQ(tapped_to_lines(Value::map({{"kind", "error"},
                                        {"sender", "web"},
                                        {"name", "x"},
                                        {"responseTo", "web-1.7"},
                                        {"code", "no-receiver"},
                                        {"reason", "no\x1b[2J"}}),
                            0),
            "00:00:00.000  web --[ x ]-> (nobody)  no-receiver: no\\x1b[2J  (of web-1.7)\n");
}

TEST(TappedMessage, ShowsPayloadsAsJsonCutToTheWidth) {
  const std::string bytes = "\x81\xa5title\xa4milk";
  const std::string whole = tapped_to_lines(with_payload(bytes), 0);
  EXPECT_EQ(whole.substr(whole.find('\n') + 1), "    {\"title\":\"milk\"}\n");
  const std::string cut = tapped_to_lines(with_payload(bytes), 12);
  EXPECT_EQ(cut.substr(cut.find('\n') + 1), "    {\"title…\n");
}

TEST(TappedMessage, APayloadThatIsNotWhatItsHeaderSaysIsToldSo) {
  const std::string line = tapped_to_json_line(with_payload("{", "json"));
  EXPECT_NE(line.find("\"payload\":\""), std::string::npos) << line;
}

TEST(TappedMessage, AsJsonHasTheDocumentedKeys) {
  EXPECT_EQ(tapped_to_json_line(with_payload("[1,18446744073709551615]", "json")),
            "{\"at\":\"2026-11-20T21:02:59.407Z\",\"kind\":\"command\",\"sender\":\"web\",\"sender_version\":"
            "\"1.0.0\","
            "\"name\":\"todos.list\",\"receiver_name\":\"list\",\"receiver\":\"todo\",\"receiver_version\":"
            "\"0.0.1\","
            "\"id\":\"web-1.7\",\"activity\":\"web-1.1\",\"payload_bytes\":9,"
            "\"payload\":[1,18446744073709551615]}\n");
}

}  // namespace
}  // namespace exo

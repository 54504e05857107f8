#include "tests/wire/protocol_page.h"

#include <gtest/gtest.h>

#include "bus/wire/control.h"
#include "bus/wire/header.h"
#include "bus/wire/pack.h"
#include "bus/wire/tokens.h"

namespace exo {
namespace {

std::span<const std::byte> as_frame(const std::string& bytes) {
  return std::as_bytes(std::span(bytes));
}

HeaderView header_of(std::string_view title) {
  HeaderView header;
  const auto decoded = decode_header(as_frame(protocol_example(title).header), header);
  EXPECT_TRUE(decoded.ok()) << title;
  return header;
}

const std::string& payload_of(std::string_view title) {
  return protocol_example(title).payload;
}

TEST(ProtocolPage, HasAnExampleOfEachStepOfAConversation) {
  EXPECT_EQ(protocol_examples().size(), 18U);
}

TEST(ProtocolPage, EveryHeaderIsDecodedAndHasWhatItsKindNeeds) {
  for (const auto& example : protocol_examples()) {
    HeaderView header;
    const auto decoded = decode_header(as_frame(example.header), header);
    ASSERT_TRUE(decoded.ok()) << example.title << ": " << decoded.error().message;
    EXPECT_TRUE(check_required(header).ok()) << example.title;
  }
}

TEST(ProtocolPage, EveryHeaderIsEncodedToTheSameBytes) {
  for (const auto& example : protocol_examples()) {
    std::string encoded;
    encode_header(header_of(example.title), encoded);
    EXPECT_EQ(encoded, example.header) << example.title;
  }
}

TEST(ProtocolPage, EveryPayloadIsOneMsgpackValue) {
  for (const auto& example : protocol_examples()) {
    if (example.payload.empty() || example.title == "pack") continue;
    std::vector<Token> tokens;
    const auto read = read_tokens(as_frame(example.payload), TokenLimits{}, tokens);
    EXPECT_TRUE(read.ok()) << example.title << ": " << read.error().message;
  }
}

TEST(ProtocolPage, RegisterIsWhatTheBrokerReads) {
  EXPECT_EQ(header_of("register").kind, Kind::kRegister);
  const auto registration = decode_registration(payload_of("register"));
  ASSERT_TRUE(registration.ok()) << registration.error().message;
  EXPECT_EQ(registration.value().role, "todo");
  EXPECT_EQ(registration.value().handles, (std::vector<std::string>{"todo.add", "todos.list"}));
  EXPECT_EQ(registration.value().window, 256U);
  EXPECT_EQ(encode_registration(registration.value()).text(), payload_of("register"));
}

TEST(ProtocolPage, WhoRegistersAgainRestatesItsLocks) {
  EXPECT_EQ(header_of("register again").kind, Kind::kRegister);
  const auto registration = decode_registration(payload_of("register again"));
  ASSERT_TRUE(registration.ok()) << registration.error().message;
  const RestatedLock lock{.key = "accounts", .id = "todo-1.4", .number = (std::uint64_t{7} << 32U) + 3};
  EXPECT_EQ(registration.value().locks, std::vector<RestatedLock>{lock});
  EXPECT_EQ(encode_registration(registration.value()).text(), payload_of("register again"));
  EXPECT_EQ(header_of("lost lock").response_to, lock.id);
  EXPECT_EQ(header_of("lost lock").code, "lock-lost");
}

TEST(ProtocolPage, RegisteredIsWhatTheRelayReads) {
  EXPECT_EQ(header_of("registered").kind, Kind::kRegistered);
  const auto registered = decode_registered(payload_of("registered"));
  ASSERT_TRUE(registered.ok()) << registered.error().message;
  EXPECT_EQ(registered.value().instance, "todo-1");
  EXPECT_EQ(registered.value().heartbeat_ms, 5000U);
  EXPECT_EQ(registered.value().frame_limit_bytes, kPayloadLimitBytes);
  EXPECT_TRUE(registered.value().locks);
  EXPECT_EQ(encode_registered(registered.value()).text(), payload_of("registered"));
}

TEST(ProtocolPage, APackIsItsMessages) {
  PackWriter writer;
  writer.add(protocol_example("handled").header, protocol_example("handled").payload);
  std::string ping;
  encode_header({.kind = Kind::kPing}, ping);
  writer.add(ping, "");
  EXPECT_EQ(writer.bytes(), payload_of("pack"));
  EXPECT_EQ(pack_header(), protocol_example("pack").header);
}

TEST(ProtocolPage, RoutesNameTheReceivingRoles) {
  EXPECT_EQ(header_of("routes").kind, Kind::kRoutes);
  const auto routes = decode_routes(payload_of("routes"));
  ASSERT_TRUE(routes.ok()) << routes.error().message;
  ASSERT_EQ(routes.value().names.size(), 2U);
  EXPECT_EQ(routes.value().names[0].first, "todos.list");
  EXPECT_EQ(routes.value().names[0].second, std::vector<std::string>{"todo"});
  EXPECT_EQ(encode_routes(routes.value()).text(), payload_of("routes"));
}

TEST(ProtocolPage, CreditCountsFromTheBeginning) {
  EXPECT_EQ(header_of("credit").kind, Kind::kCredit);
  const auto credit = decode_credit(payload_of("credit"));
  ASSERT_TRUE(credit.ok()) << credit.error().message;
  EXPECT_EQ(credit.value().accepted, 2U);
  ASSERT_EQ(credit.value().grants.size(), 2U);
  EXPECT_EQ(credit.value().grants[0], (std::pair<std::string, std::uint64_t>{"todo", 300}));
  EXPECT_EQ(credit.value().settled, (std::vector<OrdinalRange>{{1, 1}}));
  EXPECT_EQ(encode_credit(credit.value()).text(), payload_of("credit"));
}

TEST(ProtocolPage, ADeliveryIsItsCommandWithWhatTheBrokerAdds) {
  const HeaderView command = header_of("command");
  const HeaderView delivery = header_of("delivery");
  EXPECT_EQ(command.expects, Expects::kOne);
  EXPECT_EQ(command.timeout_ms, 10'000U);
  EXPECT_EQ(delivery.id, command.id);
  EXPECT_EQ(delivery.activity_id, command.id);
  EXPECT_EQ(delivery.sender, "web");
  EXPECT_EQ(delivery.sequence, 1U);
  EXPECT_EQ(payload_of("delivery"), payload_of("command"));
}

TEST(ProtocolPage, TheLastPageHasNoMore) {
  EXPECT_TRUE(header_of("first page").more);
  EXPECT_FALSE(header_of("last page").more);
  EXPECT_EQ(header_of("last page").page, 1U);
  EXPECT_EQ(header_of("window").pages, 9U);
}

TEST(ProtocolPage, CancelNamesTheCommand) {
  EXPECT_EQ(header_of("cancel").kind, Kind::kCancel);
  EXPECT_EQ(header_of("cancel").response_to, header_of("command").id);
}

TEST(ProtocolPage, HandledListsSequences) {
  std::vector<std::uint64_t> sequences;
  ASSERT_TRUE(decode_sequences(payload_of("handled"), sequences).ok());
  EXPECT_EQ(sequences, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(encode_sequences(sequences).text(), payload_of("handled"));
}

TEST(ProtocolPage, AFailureTravelsAsFailedAndThenAsError) {
  EXPECT_EQ(header_of("failed").sequence, 3U);
  EXPECT_EQ(header_of("error").response_to, "web-1.8");
  EXPECT_EQ(header_of("error").reason, header_of("failed").reason);
}

TEST(ProtocolPage, DeliveredListsIds) {
  const auto ids = decode_ids(payload_of("delivered"));
  ASSERT_TRUE(ids.ok()) << ids.error().message;
  EXPECT_EQ(ids.value(), (std::vector<std::string>{"d-1", "d-2"}));
  EXPECT_EQ(encode_ids(ids.value()).text(), payload_of("delivered"));
}

}  // namespace
}  // namespace exo

#include "bus/relays/cpp/value.h"

#include <gtest/gtest.h>

#include <limits>

#include "bus/relays/cpp/value_json.h"

namespace exo {
namespace {

using namespace std::string_literals;

Value through_msgpack(const Value& value) {
  std::string bytes;
  value.encode(bytes);
  auto read = Value::decode(bytes);
  EXPECT_TRUE(read.ok()) << read.error().message;
  return read.ok() ? std::move(read).value() : Value();
}

std::string refusal(const std::string& bytes) {
  const auto read = Value::decode(bytes);
  return read.ok() ? "accepted" : read.error().message;
}

Value everything() {
  return Value::map({{"nil", Value()},
                     {"yes", true},
                     {"small", 7},
                     {"negative", -70'000},
                     {"huge", std::numeric_limits<std::uint64_t>::max()},
                     {"low", std::numeric_limits<std::int64_t>::min()},
                     {"half", 0.5},
                     {"text", "t\xc3\xa4xt"},
                     {"bytes", Value::Binary{"\0\xff"s}},
                     {"list", Value::List{1, "two", Value::List{}}},
                     {"map", Value::map({})}});
}

TEST(Value, RefusesBytesThatAreNoMsgpack) {
  EXPECT_EQ(refusal("\xc1"), "payload: it is not msgpack at byte 0");
  EXPECT_EQ(refusal("\x01\x02"), "payload: 1 bytes follow its value");
}

TEST(Value, RefusesKeysThatAreNotStrings) {
  EXPECT_EQ(refusal("\x81\x01\x02"), "payload: a key that is not a string");
}

TEST(Value, RefusesExtensionTypes) {
  EXPECT_EQ(refusal("\xd4\x01\x02"), "payload: an extension type, which payloads do not use");
}

TEST(Value, RefusesDeepNesting) {
  EXPECT_EQ(refusal(std::string(64, '\x91') + "\x01"), "accepted");
  EXPECT_EQ(refusal(std::string(65, '\x91') + "\x01"), "payload: it is nested too deeply");
}

TEST(Value, RefusesEveryTruncation) {
  std::string bytes;
  everything().encode(bytes);
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    EXPECT_NE(refusal(bytes.substr(0, length)), "accepted") << "at length " << length;
  }
}

TEST(Value, TakesNoBytesForNil) {
  EXPECT_TRUE(Value::decode("").value().is_nil());
}

TEST(Value, SurvivesMsgpack) {
  EXPECT_EQ(through_msgpack(everything()), everything());
}

TEST(Value, KeepsADoubleThatIsJustBeyondTheIntegers) {
  const double beyond = 18446744073709551616.0;  // 2^64, which as an integer would need a bit more
  std::string bytes;
  Value(beyond).encode(bytes);
  EXPECT_EQ(bytes, std::string("\xcb\x43\xf0\0\0\0\0\0\0", 9));
  EXPECT_EQ(Value::decode(bytes).value().number(), beyond);
}

TEST(Value, BecomesAWholeNumberWhenADoubleHasNoFraction) {
  EXPECT_EQ(through_msgpack(2.0), Value(2));
  EXPECT_EQ(through_msgpack(2.0).number(), 2.0);
}

TEST(Value, GivesNothingOfAnotherType) {
  const Value text("7");
  EXPECT_EQ(text.integer(), std::nullopt);
  EXPECT_EQ(text.number(), std::nullopt);
  EXPECT_EQ(text.flag(), std::nullopt);
  EXPECT_EQ(text.list(), nullptr);
  EXPECT_EQ(text.map(), nullptr);
  EXPECT_EQ(text.find("key"), nullptr);
  EXPECT_EQ(Value(-1).unsigned_integer(), std::nullopt);
  EXPECT_EQ(Value(std::numeric_limits<std::uint64_t>::max()).integer(), std::nullopt);
}

TEST(Value, NamesTheKeyThatIsNotAsItMustBe) {
  const Value payload = Value::map({{"id", "seven"}});
  EXPECT_EQ(payload.integer_at("id").error().message, "payload: `id` must be a whole number");
  EXPECT_EQ(payload.string_at("title").error().message, "payload: `title` must be a string");
  EXPECT_EQ(payload.list_at("titles").error().message, "payload: `titles` must be a list");
  EXPECT_EQ(Value().integer_at("id").error().message, "payload: `id` must be a whole number");
}

TEST(Value, GivesWhatIsUnderAKey) {
  const Value payload = Value::map({{"id", 7}, {"title", "one"}, {"titles", Value::List{"a"}}});
  EXPECT_EQ(payload.integer_at("id").value(), 7);
  EXPECT_EQ(*payload.string_at("title").value(), "one");
  EXPECT_EQ(payload.list_at("titles").value()->size(), 1U);
}

TEST(ValueJson, RefusesTextThatIsNoJson) {
  EXPECT_EQ(value_from_json("{").error().code, "malformed");
  EXPECT_EQ(value_from_json("1 2").error().code, "malformed");
}

TEST(ValueJson, RefusesDeepNesting) {
  EXPECT_FALSE(value_from_json(std::string(100'000, '[')).ok());
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  EXPECT_EQ(value_from_json(deep).error().message, "JSON: it is nested more than 64 deep");
}

TEST(ValueJson, ReadsWhatItWrites) {
  const Value value = Value::map({{"b", Value::List{1, -2, 0.5, true, Value(), "x"}}, {"a", Value::map({})}});
  EXPECT_EQ(value_to_json(value), R"({"b":[1,-2,0.5,true,null,"x"],"a":{}})");
  EXPECT_EQ(value_from_json(value_to_json(value)).value(), value);
}

TEST(ValueJson, ShowsBytesAsHexadecimal) {
  EXPECT_EQ(value_to_json(Value::Binary{"\x01\xff"}), R"({"$binary":"01ff"})");
}

TEST(ValueJson, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(value_to_json("a\xff"), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace exo

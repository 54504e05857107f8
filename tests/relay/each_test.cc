#include "bus/relays/cpp/each.h"

#include <gtest/gtest.h>

#include <map>

namespace exo {
namespace {

using relaying::Each;
using Ids = std::vector<std::int64_t>;

// The attempts at one phase, as the host sees them: what an attempt saves is what the next one begins with.
class Attempts final : public relaying::EachScript {
 public:
  Value place_of(const std::string& name) const override {
    const auto found = places.find(name);
    return found == places.end() ? Value() : found->second;
  }
  Result<void> save(const std::string& name, Value place) override {
    places[name] = std::move(place);
    return {};
  }
  void tell(double done, double total) override { told = {done, total}; }
  void say_changed(const std::string& what) override { changes.push_back(what); }

  std::map<std::string, Value> places;
  std::vector<std::string> changes;
  std::pair<double, double> told;
};

Value::List records(const std::vector<Value>& ids) {
  Value::List list;
  for (const Value& id : ids) list.push_back(Value::map({{"id", id}}));
  return list;
}

RecordPages pages(std::vector<Value::List> lists) {
  return [lists = std::move(lists), at = std::size_t{0}]() mutable -> Result<std::optional<Value::List>> {
    if (at == lists.size()) return std::optional<Value::List>();
    return std::optional(lists[at++]);
  };
}

// Fails when it comes to the record with this id; remembers those before.
RecordAct until(std::int64_t id, Ids& into) {
  return [id, &into](const Value& record) -> Result<void> {
    const std::int64_t found = record.integer_at("id").value();
    if (found == id) return Error{"killed", "killed"};
    into.push_back(found);
    return {};
  };
}

Result<void> nothing(const Value&) {
  return {};
}

std::string message_of(const Result<std::uint64_t>& outcome) {
  return outcome.ok() ? "" : outcome.error().message;
}

class EachTest : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Places, EachTest, testing::Values("", "id"),
                         [](const auto& each) { return each.param.empty() ? "Counted" : "ByKey"; });

TEST_P(EachTest, DoesEveryRecordOnceAndGoesOnExactlyBehindItsCheckpoint) {
  Attempts attempts;
  const EachOptions options{.key = GetParam(), .every = 2};
  const auto stream = [] { return pages({records({1, 2, 3}), {}, records({4, 5}), records({6, 7})}); };
  Ids first;
  Ids second;
  Ids third;
  EXPECT_FALSE(Each(attempts, options).run(stream(), until(6, first)).ok());
  EXPECT_EQ(first, (Ids{1, 2, 3, 4, 5}));
  EXPECT_EQ(attempts.places["records"].integer_at("done").value(), 4);
  EXPECT_FALSE(Each(attempts, options).run(stream(), until(7, second)).ok());
  EXPECT_EQ(second, (Ids{5, 6}));
  EXPECT_EQ(Each(attempts, options).run(stream(), until(0, third)).value(), 7U);
  EXPECT_EQ(third, Ids{7});
  EXPECT_EQ(attempts.told, (std::pair{7.0, 7.0}));
  EXPECT_TRUE(attempts.changes.empty());
  Ids fourth;
  EXPECT_EQ(Each(attempts, options).run(stream(), until(0, fourth)).value(), 7U);
  EXPECT_TRUE(fourth.empty()) << "it is finished";
}

TEST(Each, ByKeyPassesOverWhatWasDoneAndNamesWhatHasComeAndGone) {
  Attempts attempts;
  const EachOptions options{.key = "id", .every = 3};
  Ids seen;
  EXPECT_FALSE(Each(attempts, options).run(pages({records({1, 3, 5, 7})}), until(7, seen)).ok());
  EXPECT_EQ(Each(attempts, options).run(pages({records({1, 2, 4, 5, 6, 7})}), until(0, seen)).value(), 5U);
  EXPECT_EQ(seen, (Ids{1, 3, 5, 6, 7}));
  EXPECT_EQ(attempts.changes,
            std::vector<std::string>{"each 'records': the stream has changed: 3 records were done up to the "
                                     "key 5, and 4 are there now"});
}

TEST(Each, WithoutAKeyRefusesAStreamThatHasBecomeShorter) {
  Attempts attempts;
  Ids seen;
  EXPECT_FALSE(Each(attempts, {.every = 3}).run(pages({records({1, 2, 3, 4})}), until(4, seen)).ok());
  EXPECT_EQ(message_of(Each(attempts, {.every = 3}).run(pages({records({1, 2})}), nothing)),
            "each 'records': the stream has changed: 3 records were done, and it has only 2");
}

TEST(Each, RefusesKeysThatAreOutOfOrderTwiceThereOrNone) {
  const auto attempt = [](const std::vector<Value>& ids) {
    Attempts attempts;
    return message_of(Each(attempts, {.key = "id"}).run(pages({records(ids)}), nothing));
  };
  EXPECT_NE(attempt({1, 3, 2}).find("record 3 has the key 2 after 3"), std::string::npos);
  EXPECT_NE(attempt({"b", "b"}).find("record 2 has the key \"b\" after \"b\""), std::string::npos);
  EXPECT_NE(attempt({1, Value()}).find("the key of record 2 is no number and no text"), std::string::npos);
  EXPECT_EQ(attempt({9, 10, 10.5, "10", "9", "é"}), "") << "numbers by size, then texts by their bytes";
}

TEST(Each, KeepsStreamsOfSeveralNamesApart) {
  Attempts attempts;
  EXPECT_TRUE(Each(attempts, {.name = "todos"}).run(pages({records({1})}), nothing).ok());
  EXPECT_TRUE(Each(attempts, {.name = "users"}).run(pages({records({1, 2})}), nothing).ok());
  EXPECT_EQ(attempts.places["todos"].integer_at("done").value(), 1);
  EXPECT_EQ(attempts.places["users"].integer_at("done").value(), 2);
}

TEST(Each, EndsWithTheErrorOfItsStream) {
  Attempts attempts;
  const RecordPages broken = []() -> Result<std::optional<Value::List>> {
    return Error{"receiver-lost", "todo has gone"};
  };
  EXPECT_EQ(message_of(Each(attempts, {}).run(broken, nothing)), "todo has gone");
  EXPECT_TRUE(attempts.places.empty());
}

}  // namespace
}  // namespace exo

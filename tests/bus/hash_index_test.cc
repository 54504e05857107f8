#include "bus/hash_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace exo::routing {
namespace {

bool any(std::uint32_t) {
  return true;
}

TEST(HashIndexDeathTest, RemovingWhatIsNotThereIsABug) {
  HashIndex index;
  EXPECT_DEATH(index.remove(1, 1), "bug");
}

TEST(HashIndexTest, AnEmptyIndexFindsNothing) {
  EXPECT_EQ(HashIndex().find(42, any), HashIndex::kNone);
}

TEST(HashIndexTest, TheCallerTellsRecordsOfOneHashApart) {
  HashIndex index;
  index.insert(42, 1);
  index.insert(42, 2);
  EXPECT_EQ(index.find(42, [](std::uint32_t record) { return record == 2; }), 2U);
}

TEST(HashIndexTest, RemovingOneRecordLeavesTheOthersOfItsHash) {
  HashIndex index;
  for (std::uint32_t record = 0; record < 5; ++record) index.insert(42, record);
  index.remove(42, 2);
  for (const std::uint32_t record : {0U, 1U, 3U, 4U}) {
    EXPECT_EQ(index.find(42, [&](std::uint32_t candidate) { return candidate == record; }), record);
  }
}

TEST(HashIndexTest, ItAgreesWithAMapOverManyRandomChanges) {
  std::mt19937 random(7);
  HashIndex index;
  std::map<std::uint32_t, std::uint64_t> model;  // record → hash, from few hashes, so that they collide
  for (int i = 0; i < 20'000; ++i) {
    const auto record = static_cast<std::uint32_t>(random() % 500);
    const auto known = model.find(record);
    if (known == model.end()) {
      model[record] = random() % 100;
      index.insert(model[record], record);
    } else {
      index.remove(known->second, record);
      model.erase(known);
    }
  }
  ASSERT_EQ(index.size(), model.size());
  for (const auto& [record, hash] : model) {
    const std::uint32_t wanted = record;
    ASSERT_EQ(index.find(hash, [&](std::uint32_t candidate) { return candidate == wanted; }), wanted);
  }
}

}  // namespace
}  // namespace exo::routing

#include "ledger/ledger_head.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "tests/ledger/ledger_fixture.h"

// The fuzzer's function (tests/fuzz/fuzz_ledger_head.cc), which aborts when the decoder breaks a promise.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace exo {
namespace {

// As docs/ledger.md has it: what follows in a slot means nothing.
constexpr std::size_t kSlotMeaningBytes = 104;

ChainEnd end_at(std::uint64_t sequence) {
  return {.sequence = sequence, .epoch = 2, .hash = sha256(std::to_string(sequence))};
}

HeadSlot slot_at(std::uint64_t counter) {
  return {.counter = counter, .end = end_at(counter)};
}

std::string two_slots(std::uint64_t first, std::uint64_t second) {
  return encode_head_slot(slot_at(first)) + encode_head_slot(slot_at(second));
}

std::uint64_t newest_counter(std::string_view bytes) {
  return decode_head(bytes).value().newest_slot().counter;
}

TEST(HeadSlotBytes, AreRefusedAtAnyLengthThatIsTooShort) {
  const std::string whole = encode_head_slot(slot_at(5));
  for (std::size_t length = 0; length < kSlotMeaningBytes; ++length) {
    EXPECT_EQ(decode_head_slot(std::string_view(whole).substr(0, length)), std::nullopt) << length;
  }
}

TEST(HeadSlotBytes, AreRefusedWhenAnyBitIsChanged) {
  const std::string whole = encode_head_slot(slot_at(5));
  for (std::size_t bit = 0; bit < 8 * kSlotMeaningBytes; ++bit) {
    std::string changed = whole;
    changed.at(bit / 8) = static_cast<char>(changed.at(bit / 8) ^ 1 << bit % 8);
    EXPECT_EQ(decode_head_slot(changed), std::nullopt) << bit;
  }
}

TEST(HeadSlotBytes, AreRefusedWhenTheyAreAllZero) {
  EXPECT_EQ(decode_head_slot(std::string(kHeadSlotBytes, '\0')), std::nullopt);
}

TEST(HeadSlotBytes, AreReadAsTheyWereWritten) {
  EXPECT_EQ(decode_head_slot(encode_head_slot(slot_at(5))), slot_at(5));
}

TEST(HeadSlotBytes, FillTheSlot) {
  EXPECT_EQ(encode_head_slot(slot_at(5)).size(), kHeadSlotBytes);
}

TEST(HeadBytes, AreRefusedAtEveryOtherLength) {
  const std::string whole = two_slots(1, 2) + "x";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    if (length == kHeadFileBytes) continue;
    const auto decoded = decode_head(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(decoded.ok()) << length;
    EXPECT_EQ(decoded.error().code, "head-damaged") << length;
  }
}

TEST(HeadBytes, AreRefusedWithoutAWholeSlot) {
  EXPECT_EQ(
      decode_head(std::string(kHeadFileBytes, '\0')).error().message,
      "has no whole slot: both checksums are wrong; put back the ledger.head that belongs to ledger.db");
}

TEST(HeadBytes, CountByTheNewerSlotWhereverItIs) {
  EXPECT_EQ(newest_counter(two_slots(8, 7)), 8U);
  EXPECT_EQ(newest_counter(two_slots(8, 9)), 9U);
}

TEST(HeadBytes, CountByTheSlotThatIsWhole) {
  EXPECT_EQ(newest_counter(std::string(kHeadSlotBytes, 'x') + encode_head_slot(slot_at(7))), 7U);
  EXPECT_EQ(newest_counter(encode_head_slot(slot_at(8)) + std::string(kHeadSlotBytes, 'x')), 8U);
}

TEST(HeadBytes, CountByTheLaterEpochWhenTwoOwnersWroteAtOnce) {
  HeadSlot taken_over = slot_at(7);
  taken_over.end.epoch = 3;
  const auto decoded = decode_head(encode_head_slot(taken_over) + encode_head_slot(slot_at(7)));
  EXPECT_EQ(decoded.value().newest_slot(), taken_over);
}

TEST(HeadBytes, BreakNoPromiseHoweverTheyAreChanged) {
  constexpr unsigned kSeed = 20261121;
  std::mt19937 random(kSeed);
  for (int count = 0; count < 20'000; ++count) {
    std::string bytes = two_slots(random() % 4, random() % 4);
    for (auto edits = random() % 4; edits > 0; --edits) {
      const std::size_t at = random() % 2 * kHeadSlotBytes + random() % 140;
      bytes.at(at) = static_cast<char>(random() % 256);
    }
    if (random() % 8 == 0) bytes.resize(random() % (kHeadFileBytes + 2));
    EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
  }
}

TEST(LedgerHead, IsMissingBeforeItIsMade) {
  LedgerFolder folder;
  EXPECT_EQ(LedgerHead::open(folder.path()).error().code, "head-missing");
  EXPECT_EQ(LedgerHead::read(folder.path()).error().code, "head-missing");
}

TEST(LedgerHead, CannotBeMadeWithoutAFolder) {
  EXPECT_EQ(LedgerHead::create("/nowhere/at/all").error().code, "absent");
}

TEST(LedgerHead, NamesNoEventAtFirst) {
  LedgerFolder folder;
  EXPECT_EQ(LedgerHead::create(folder.path()).value().end(), ChainEnd{});
}

TEST(LedgerHead, HasItsSizeFromTheBeginning) {
  LedgerFolder folder;
  auto head = LedgerHead::create(folder.path()).value();
  EXPECT_EQ(std::filesystem::file_size(folder.file("ledger.head")), kHeadFileBytes);
  for (std::uint64_t sequence = 1; sequence < 5; ++sequence) ASSERT_TRUE(head.advance(end_at(sequence)).ok());
  EXPECT_EQ(std::filesystem::file_size(folder.file("ledger.head")), kHeadFileBytes);
}

TEST(LedgerHead, RemembersTheNewestEnd) {
  LedgerFolder folder;
  auto head = LedgerHead::create(folder.path()).value();
  for (std::uint64_t sequence = 1; sequence < 8; ++sequence) {
    ASSERT_TRUE(head.advance(end_at(sequence)).ok());
    EXPECT_EQ(head.end(), end_at(sequence));
    EXPECT_EQ(LedgerHead::read(folder.path()).value(), end_at(sequence));
    EXPECT_EQ(LedgerHead::open(folder.path()).value().end(), end_at(sequence));
  }
}

TEST(LedgerHead, KeepsTheEndBeforeInItsOtherSlot) {
  LedgerFolder folder;
  auto head = LedgerHead::create(folder.path()).value();
  for (std::uint64_t sequence = 1; sequence < 8; ++sequence) {
    ASSERT_TRUE(head.advance(end_at(sequence)).ok());
    const auto content = decode_head(content_of(folder.file("ledger.head"))).value();
    EXPECT_EQ(content.slots.at(1 - content.newest)->end.sequence, sequence - 1);
  }
}

// A crash may leave any beginning of the slot that was being written.
TEST(LedgerHead, CountsByTheEndBeforeWhereverWritingASlotBrokeOff) {
  LedgerFolder folder;
  auto head = LedgerHead::create(folder.path()).value();
  ASSERT_TRUE(head.advance(end_at(1)).ok());
  const std::string before = content_of(folder.file("ledger.head"));
  ASSERT_TRUE(head.advance(end_at(2)).ok());
  const std::string after = content_of(folder.file("ledger.head"));
  const std::size_t slot =
      before.substr(0, kHeadSlotBytes) == after.substr(0, kHeadSlotBytes) ? kHeadSlotBytes : 0;
  for (std::size_t length = 0; length < kSlotMeaningBytes; ++length) {
    const std::string torn =
        before.substr(0, slot) + after.substr(slot, length) + before.substr(slot + length);
    const ChainEnd end = decode_head(torn).value().newest_slot().end;
    const bool same_bytes = torn == after;
    EXPECT_EQ(end, same_bytes ? end_at(2) : end_at(1)) << length;
  }
}

TEST(LedgerHead, SaysThatASlotWasTorn) {
  LedgerFolder folder;
  EXPECT_FALSE(LedgerHead::create(folder.path()).value().was_torn());
  flip_byte(folder.file("ledger.head"), 30);
  EXPECT_TRUE(LedgerHead::open(folder.path()).value().was_torn());
}

TEST(LedgerHead, MendsTheTornSlotFirst) {
  LedgerFolder folder;
  LedgerHead::create(folder.path()).value();
  flip_byte(folder.file("ledger.head"), kHeadSlotBytes + 30);
  auto head = LedgerHead::open(folder.path()).value();
  ASSERT_TRUE(head.advance(end_at(1)).ok());
  EXPECT_FALSE(LedgerHead::open(folder.path()).value().was_torn());
}

TEST(LedgerHead, IsNotFollowedThroughASymbolicLink) {
  LedgerFolder folder;
  LedgerHead::create(folder.path()).value();
  std::filesystem::rename(folder.file("ledger.head"), folder.file("elsewhere"));
  std::filesystem::create_symlink(folder.file("elsewhere"), folder.file("ledger.head"));
  EXPECT_EQ(LedgerHead::open(folder.path()).error().code, "io");
}

}  // namespace
}  // namespace exo

#include "ledger/ledger_export.h"

#include <gtest/gtest.h>

#include "ledger/event_json.h"
#include "ledger/ledger_checkpoint.h"
#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

constexpr std::uint64_t kEvents = 12;

std::string exported(Ledger& ledger) {
  std::string text;
  const auto end = export_events(ledger, [&text](std::string_view line) {
    text += line;
    return Result<void>();
  });
  EXPECT_TRUE(end.ok());
  return text;
}

class ExportedLedger : public ::testing::Test {
 protected:
  std::string reading() {
    std::vector<LedgerEvent> events;
    const auto end = read_export(file_, [&events](const LedgerEvent& event) {
      events.push_back(event);
      return Result<void>();
    });
    if (!end) return end.error().code + ": " + end.error().message;
    EXPECT_EQ(end.value(), events.empty() ? ChainEnd{} : chain_end(events.back()));
    return events == written_ ? "all events" : std::to_string(events.size()) + " events";
  }

  LedgerFolder folder_;
  std::vector<LedgerEvent> written_ = write_and_close(folder_.path(), kEvents);
  std::string file_ = folder_.file("export.jsonl");
  std::string text_ = exported(*open_ledger(folder_.path()));
};

TEST_F(ExportedLedger, IsReadBackAsItWas) {
  set_content(file_, text_);
  EXPECT_EQ(reading(), "all events");
}

TEST_F(ExportedLedger, HasALineForEachEvent) {
  EXPECT_EQ(std::count(text_.begin(), text_.end(), '\n'), kEvents);
}

TEST_F(ExportedLedger, IsRefusedWhereAnyByteWasChanged) {
  set_content(file_, text_);
  const std::size_t first_line = text_.find('\n');
  for (std::size_t at = 0; at < first_line; ++at) {
    flip_byte(file_, at);
    EXPECT_EQ(reading().substr(0, 15), "export-damaged:") << "byte " << at;
    flip_byte(file_, at);
  }
}

TEST_F(ExportedLedger, IsRefusedWhenItsLastLineIsCutOff) {
  for (std::size_t length = text_.rfind('\n', text_.size() - 2) + 2; length < text_.size(); ++length) {
    set_content(file_, text_.substr(0, length));
    EXPECT_EQ(reading().substr(0, 15), "export-damaged:") << length;
  }
}

TEST_F(ExportedLedger, IsRefusedWhenItIsEmpty) {
  set_content(file_, "");
  EXPECT_EQ(reading(), "export-damaged: " + file_ + " holds no event; name another export");
}

TEST_F(ExportedLedger, NamesTheLineThatIsMissing) {
  const std::size_t second = text_.find('\n') + 1;
  set_content(file_, text_.substr(0, second) + text_.substr(text_.find('\n', second) + 1));
  EXPECT_EQ(reading(), "export-damaged: " + file_ + ":2: event 3 stands where event 2 should be");
}

TEST_F(ExportedLedger, IsRefusedWhenItIsNotThere) {
  EXPECT_EQ(reading().substr(0, 7), "absent:");
}

TEST_F(ExportedLedger, GoesNoFurtherThanItsWriterWants) {
  auto ledger = open_ledger(folder_.path());
  std::size_t lines = 0;
  const auto end = export_events(*ledger, [&lines](std::string_view) {
    return ++lines == 3 ? Result<void>(Error{"io", "no more"}) : Result<void>();
  });
  EXPECT_EQ(end.error().code, "io");
  EXPECT_EQ(lines, 3U);
}

// The checkpoint.

const LedgerCheckpoint kCheckpoint{.environment = "production",
                                   .sequence = 42,
                                   .hash = sha256("the event"),
                                   .at = "2026-11-27T08:25:00.000Z"};

TEST(LedgerCheckpoint, IsReadBackAsItWas) {
  EXPECT_EQ(decode_checkpoint(encode_checkpoint(kCheckpoint)).value(), kCheckpoint);
}

TEST(LedgerCheckpoint, IsRefusedWhereAnyByteWasChanged) {
  const std::string whole = encode_checkpoint(kCheckpoint);
  for (std::size_t at = 0; at < whole.size() - 1; ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(decode_checkpoint(changed).ok()) << at;
  }
}

TEST(LedgerCheckpoint, IsRefusedWhereItWasCutOff) {
  const std::string whole = encode_checkpoint(kCheckpoint);
  for (std::size_t length = 0; length < whole.size() - 1; ++length)
    EXPECT_EQ(decode_checkpoint(whole.substr(0, length)).error().code, "malformed") << length;
}

TEST(LedgerCheckpoint, HoldsAgainstTheLedgerThatItIsOfHoweverFarThatGoes) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  const ChainEnd then = chain_end(fill(*ledger, 5).back());
  EXPECT_TRUE(check_against(*ledger, then).ok());
  fill(*ledger, 9);
  EXPECT_TRUE(check_against(*ledger, then).ok());
}

TEST(LedgerCheckpoint, ShowsALedgerThatWasSetBack) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  const ChainEnd then = chain_end(fill(*ledger, 9).back());
  LedgerFolder older;
  EXPECT_EQ(check_against(*open_ledger(older.path()), then).error().code, "ledger-set-back");
}

TEST(LedgerCheckpoint, ShowsALedgerThatHasGoneAnotherWay) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  const ChainEnd then = chain_end(fill(*ledger, 3).back());
  LedgerFolder other;
  auto another = open_ledger(other.path());
  ASSERT_TRUE(another->append(0, sample_event(99)).ok());
  fill(*another, 9);
  const auto compared = check_against(*another, then);
  EXPECT_EQ(compared.error().code, "ledger-rewritten");
  EXPECT_EQ(compared.error().message.substr(0, 8), "event 3 ");
}

TEST(EventJson, HoldsEveryFieldOfAnEvent) {
  LedgerFolder folder;
  for (const LedgerEvent& event : write_and_close(folder.path(), 8))
    EXPECT_EQ(event_from_json(event_to_json(event)).value(), event);
}

TEST(EventJson, RefusesWhatItHasNotWritten) {
  for (const char* const text : {"", "{", "[]", "{}", "7", R"({"sequence":"1"})"})
    EXPECT_EQ(event_from_json(text).error().code, "malformed") << text;
}

}  // namespace
}  // namespace exo

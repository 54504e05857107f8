// docs/ledger.md says what the code does: its examples are recomputed, its tables compared.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/text.h"
#include "ledger/chain.h"
#include "ledger/ledger_checkpoint.h"
#include "ledger/ledger_error.h"
#include "ledger/ledger_head.h"

namespace exo {
namespace {

std::vector<std::string> page_lines() {
  std::ifstream page(EXO_LEDGER_PAGE);
  EXPECT_TRUE(page.good()) << EXO_LEDGER_PAGE;
  std::vector<std::string> lines;
  for (std::string line; std::getline(page, line);) lines.push_back(line);
  return lines;
}

// The contents of all code blocks that open with this line.
std::vector<std::string> blocks(const std::string& opening) {
  std::vector<std::string> found;
  bool inside = false;
  for (const std::string& line : page_lines()) {
    if (inside && line == "```") inside = false;
    if (inside) found.back() += line + "\n";
    if (line == opening) {
      inside = true;
      found.emplace_back();
    }
  }
  return found;
}

std::string bytes_of(const std::string& block) {
  std::string bytes;
  std::istringstream lines(block);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    for (std::string word; words >> word;) bytes.push_back(static_cast<char>(std::stoi(word, nullptr, 16)));
  }
  return bytes;
}

std::string only_block_bytes(const std::string& opening) {
  const auto found = blocks(opening);
  EXPECT_EQ(found.size(), 1U);
  return bytes_of(found.at(0));
}

Sha256Digest digest_of(const std::string& hexadecimal) {
  Sha256Digest digest{};
  for (std::size_t i = 0; i < hexadecimal.size() / 2; ++i) {
    digest.at(i) = static_cast<std::uint8_t>(std::stoi(hexadecimal.substr(2 * i, 2), nullptr, 16));
  }
  return digest;
}

LedgerEvent event_of(const nlohmann::json& json) {
  LedgerEvent event;
  event.sequence = json.value("sequence", event.sequence);
  event.epoch = json.value("epoch", event.epoch);
  event.at.nanoseconds = json.value("at", event.at.nanoseconds);
  event.who = json.value("who", event.who);
  event.host = json.value("host", event.host);
  event.type = json.value("type", event.type);
  event.role = json.value("role", event.role);
  event.version = json.value("version", event.version);
  event.phase = json.value("phase", event.phase);
  event.generation = json.value("generation", event.generation);
  event.run = json.value("run", event.run);
  event.attempt = json.value("attempt", event.attempt);
  event.details = json.value("details", event.details);
  event.previous_hash = digest_of(json.value("previous_hash", ""));
  event.hash = digest_of(json.value("hash", ""));
  return event;
}

std::vector<LedgerEvent> example_events() {
  std::vector<LedgerEvent> events;
  for (const std::string& block : blocks("```json")) events.push_back(event_of(nlohmann::json::parse(block)));
  return events;
}

// The cells of each row of the table under this heading, without the header's two lines.
std::vector<std::vector<std::string>> table_after(const std::string& heading) {
  std::vector<std::vector<std::string>> rows;
  bool found = false;
  for (const std::string& line : page_lines()) {
    if (line == heading) found = true;
    const bool row = line.starts_with('|');
    if (!found || (!row && rows.empty())) continue;
    if (!row) break;
    std::vector<std::string> cells;
    for (const std::string_view cell : split(line, '|')) cells.emplace_back(trim(cell));
    cells.erase(cells.begin());  // before the first bar, and after the last
    cells.pop_back();
    rows.push_back(cells);
  }
  EXPECT_GT(rows.size(), 2U) << heading;
  rows.erase(rows.begin(), rows.begin() + 2);
  return rows;
}

std::string name_of(EventSubject subject) {
  switch (subject) {
    case EventSubject::kEnvironment:
      return "environment";
    case EventSubject::kVersion:
      return "version";
    case EventSubject::kPhase:
      return "phase";
    case EventSubject::kAttempt:
      return "attempt";
  }
  return "";
}

TEST(LedgerPage, HasEventsThatALedgerWouldTake) {
  ASSERT_EQ(example_events().size(), 2U);
  for (const LedgerEvent& event : example_events()) EXPECT_TRUE(check_event(event).ok());
}

TEST(LedgerPage, HasEventsThatFollowEachOther) {
  const auto events = example_events();
  EXPECT_TRUE(check_link({}, events.at(0)).ok());
  EXPECT_TRUE(check_link(chain_end(events.at(0)), events.at(1)).ok());
}

TEST(LedgerPage, HasTheBytesThatAHashIsMadeOver) {
  EXPECT_EQ(only_block_bytes("```hex event"), canonical_bytes(example_events().at(1)));
}

TEST(LedgerPage, HasTheHashOfTheseBytes) {
  EXPECT_EQ(sha256(only_block_bytes("```hex event")), example_events().at(1).hash);
}

TEST(LedgerPage, HasTheBytesOfASlot) {
  const std::string bytes = only_block_bytes("```hex slot");
  const HeadSlot slot{.counter = 7, .end = chain_end(example_events().at(1))};
  EXPECT_EQ(decode_head_slot(bytes), slot);
  EXPECT_EQ(encode_head_slot(slot).substr(0, bytes.size()), bytes);
}

TEST(LedgerPage, HasACheckpointAsItIsWritten) {
  const auto found = blocks("```text checkpoint");
  ASSERT_EQ(found.size(), 1U);
  const auto checkpoint = decode_checkpoint(found.at(0));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  EXPECT_EQ(encode_checkpoint(checkpoint.value()), found.at(0));
  EXPECT_EQ(checkpoint.value().hash, example_events().at(1).hash);
}

TEST(LedgerPage, NamesEveryTypeOfEvent) {
  const auto rows = table_after("## Events");
  ASSERT_EQ(rows.size(), event_types().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const EventType& type = event_types()[i];
    const std::vector<std::string> expected{"`" + std::string(type.word) + "`", name_of(type.subject),
                                            std::string(type.meaning)};
    EXPECT_EQ(rows.at(i), expected);
  }
}

TEST(LedgerPage, SaysWhatToDoAboutEveryRefusal) {
  using namespace ledger_error;
  std::string codes;
  for (const auto& row : table_after("## What is refused, and what to do then")) codes += row.at(0) + " ";
  for (const std::string_view code : {kPositionMismatch,
                                      kEpochStale,
                                      kRemoved,
                                      kReadOnly,
                                      kMalformed,
                                      kTooLarge,
                                      kDiskFull,
                                      kIo,
                                      kBusy,
                                      kOwned,
                                      kAbsent,
                                      kHeadMissing,
                                      kHeadDamaged,
                                      kLedgerMissing,
                                      kLedgerBehind,
                                      kLedgerDiffers,
                                      kLedgerAltered,
                                      kLedgerDamaged,
                                      kFormatNewer,
                                      kDiskReadOnly,
                                      kLedgerSetBack,
                                      kLedgerRewritten,
                                      kExportDamaged}) {
    EXPECT_NE(codes.find("`" + std::string(code) + "`"), std::string::npos) << code;
  }
}

}  // namespace
}  // namespace exo

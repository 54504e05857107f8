// A power cut at every write and every sync of many appends: what was acknowledged is there afterwards, and
// the ledger and its head agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "ledger/ledger_head.h"
#include "tests/ledger/ledger_fixture.h"
#include "tests/ledger/power_cut_vfs.h"

namespace exo {
namespace {

constexpr unsigned kSeed = 4711;
constexpr std::uint64_t kAppends = 60;
constexpr int kImagesOfAMoment = 2;

// A ledger that is written to, and after each cut a look at what a next host finds.
class PowerCut : public testing::Test {
 protected:
  void SetUp() override {
    disk_.at_each_moment([this] { cut(); });
  }

  void append_all(std::uint64_t count) {
    const auto ledger = open_ledger(folder_.path());
    while (ledger->position() < count) {
      const std::string head = content_of(head_path(folder_.path()));
      const auto event = ledger->append(ledger->position(), sample_event(ledger->position() + 1));
      ASSERT_TRUE(event.ok()) << event.error().message;
      cut_while_head_is_written(head);
      acknowledged_.push_back(event.value());
      cut();
    }
  }

  // By the folder's own disk only: what is looked at must not be looked at in turn.
  void cut() {
    if (HasFatalFailure()) return;
    check_image(Loss::kEverything, content_of(head_path(folder_.path())));
    for (int i = 0; i < kImagesOfAMoment; ++i)
      check_image(Loss::kAnything, content_of(head_path(folder_.path())));
  }

  // Both slots are blocks of their own, and only one is written.
  void cut_while_head_is_written(const std::string& before) {
    const std::string after = content_of(head_path(folder_.path()));
    const std::size_t torn_at = random_() % (after.size() + 1);
    check_image(Loss::kAnything, after.substr(0, torn_at) + before.substr(torn_at));
  }

  void check_image(Loss loss, const std::string& head) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", image " + std::to_string(++images_) + ", after " +
                 std::to_string(acknowledged_.size()) + " appends");
    LedgerFolder image;
    disk_.write_image(image.path(), loss, random_);
    if (!head.empty()) set_content(head_path(image.path()), head);
    auto opened = SqliteLedger::open(options_for(image.path()));
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    check_events(*opened.value(), image.path());
  }

  void check_events(SqliteLedger& ledger, const std::string& folder) {
    const auto events = all_events(ledger);
    ASSERT_GE(events.size(), acknowledged_.size()) << "an event that was acknowledged is lost";
    ASSERT_LE(events.size(), acknowledged_.size() + 1);
    ASSERT_TRUE(std::equal(acknowledged_.begin(), acknowledged_.end(), events.begin()));
    found_more_ += events.size() - acknowledged_.size();
    ASSERT_EQ(LedgerHead::read(folder).value().sequence, events.size());
    ASSERT_TRUE(ledger.append(events.size(), sample_event(events.size() + 1)).ok());
  }

  LedgerFolder folder_;
  PowerCutVfs disk_{folder_.path()};
  std::mt19937 random_{kSeed};
  std::vector<LedgerEvent> acknowledged_;
  std::uint64_t images_ = 0;
  std::uint64_t found_more_ = 0;
};

TEST_F(PowerCut, LosesNothingThatWasAcknowledged) {
  append_all(kAppends);
  EXPECT_GT(images_, 5 * kAppends);
  EXPECT_GT(found_more_, kAppends / 2) << "no cut ever came between a commit and its acknowledgement";
}

// A host that ends empties the log into the database; the next one goes on.
TEST_F(PowerCut, LosesNothingUnderTheNextHost) {
  append_all(10);
  append_all(20);
  append_all(30);
  EXPECT_EQ(acknowledged_.size(), 30U);
}

}  // namespace
}  // namespace exo

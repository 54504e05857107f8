#include "deployment-scripts/rollout_record.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace exo {
namespace {

const VersionKey kSearch{"todo-search", "0.0.1"};

// Writes events about kSearch, one after the other.
class Writer {
 public:
  RolloutRecord record;

  Writer& version(const std::string& type, const std::string& details = "{}") {
    return write({.type = type, .details = details});
  }
  Writer& phase(const std::string& type, const std::string& details = "{}", std::uint64_t attempt = 1,
                std::uint64_t generation = 1) {
    return write({.type = type,
                  .phase = "offline",
                  .generation = generation,
                  .run = "run-" + std::to_string(generation),
                  .attempt = attempt,
                  .details = details});
  }
  const RecordedVersion& search() const { return record.of(kSearch); }

 private:
  Writer& write(LedgerEvent event) {
    event.sequence = record.position() + 1;
    event.role = kSearch.role;
    event.version = kSearch.version;
    record.apply(event);
    return *this;
  }
};

TEST(RolloutRecord, RefusesAnEventThatIsNotNewer) {
  RolloutRecord record;
  record.apply({.sequence = 3, .type = "host-started"});
  EXPECT_DEATH(record.apply({.sequence = 3, .type = "host-started"}), "sequence");
}

TEST(RolloutRecord, PassesOverWordsOfANewerProgram) {
  Writer writer;
  writer.version("version-introduced").version("version-mirrored").phase("attempt-paused");
  EXPECT_EQ(writer.record.position(), 3u);
  EXPECT_EQ(writer.search().offline, RecordedPhase{});
  EXPECT_TRUE(writer.search().introduced);
}

TEST(RolloutRecord, TakesDetailsThatItCannotReadAsAbsent) {
  Writer writer;
  writer.phase("attempt-started", "not json").phase("attempt-failed", R"({"reason":7,"stage":null})");
  EXPECT_EQ(writer.search().offline.outcome, PhaseOutcome::kFailed);
  EXPECT_EQ(writer.search().offline.reason, "");
}

TEST(RolloutRecord, KnowsNothingOfAVersionThatWasNeverMentioned) {
  EXPECT_EQ(RolloutRecord{}.of(kSearch), RecordedVersion{});
}

TEST(RolloutRecord, CountsThePositionOfTheHostsOwnEvents) {
  RolloutRecord record;
  record.apply({.sequence = 1, .type = "host-started"});
  EXPECT_EQ(record.position(), 1u);
  EXPECT_TRUE(record.versions().empty());
}

TEST(RolloutRecord, HasAnAttemptUnderWayFromItsStartToItsEnd) {
  Writer writer;
  writer.phase("attempt-started", R"({"digest":"d1"})", 2);
  EXPECT_EQ(writer.search().offline.outcome, PhaseOutcome::kUnderWay);
  EXPECT_EQ(writer.search().offline.run, "run-1");
  EXPECT_EQ(writer.search().offline.attempt, 2u);
  EXPECT_EQ(writer.search().offline.digest, "d1");
  EXPECT_FALSE(writer.search().offline.settled());
}

TEST(RolloutRecord, SettlesAPhaseThatIsDoneOrAbsent) {
  EXPECT_TRUE(Writer().phase("attempt-started").phase("attempt-done").search().offline.settled());
  EXPECT_TRUE(Writer().phase("phase-absent").search().offline.settled());
}

TEST(RolloutRecord, KeepsWhyTheLastAttemptFailed) {
  Writer writer;
  writer.phase("attempt-started")
      .phase("attempt-failed", R"({"log":"/logs/1","reason":"no such table","stage":"script"})");
  EXPECT_EQ(writer.search().offline.outcome, PhaseOutcome::kFailed);
  EXPECT_EQ(writer.search().offline.reason, "no such table");
  EXPECT_EQ(writer.search().offline.stage, "script");
  EXPECT_EQ(writer.search().offline.log, "/logs/1");
}

TEST(RolloutRecord, ForgetsTheOldReasonWhenANewAttemptStarts) {
  Writer writer;
  writer.phase("attempt-started")
      .phase("attempt-failed", R"({"reason":"old"})")
      .phase("attempt-started", "{}", 2);
  EXPECT_EQ(writer.search().offline.reason, "");
}

// Those that this program writes are read in a shorter way; no other one may pass for one of them.
TEST(RolloutRecord, ReadsACheckpointHoweverItIsWritten) {
  struct Case {
    std::string details;
    std::optional<std::string> checkpoint;
    std::uint64_t number;
  };
  const std::vector<Case> cases{
      {R"({"number":3,"value":{"page":[1,"}"]}})", R"({"page":[1,"}"]})", 3},
      {R"({"number":3,"value":null})", "null", 3},
      {R"({ "number": 3, "value": 7 })", "7", 3},
      {R"({"value":7,"number":3})", "7", 3},
      {R"({"number":3,"value":7,"window":1})", "7", 3},
      {R"({"number":3,"value":"a","value2":"b"})", R"("a")", 3},
      {R"({"number":-3,"value":7})", "7", 0},
      {R"({"value":7})", "7", 0},
      {R"({"number":3})", std::nullopt, 0},
      {R"({"number":3,"value":})", std::nullopt, 0},
  };
  for (const Case& each : cases) {
    Writer writer;
    writer.phase("attempt-started").phase("checkpoint-saved", each.details);
    EXPECT_EQ(writer.search().offline.checkpoint, each.checkpoint) << each.details;
    EXPECT_EQ(writer.search().offline.checkpoint_number, each.number) << each.details;
  }
}

TEST(RolloutRecord, KeepsTheLastCheckpointAcrossAttempts) {
  Writer writer;
  writer.phase("attempt-started")
      .phase("checkpoint-saved", R"({"number":1,"value":1})")
      .phase("checkpoint-saved", R"({"number":2,"value":{"page":[1,2]}})")
      .phase("attempt-interrupted")
      .phase("attempt-started", "{}", 2);
  EXPECT_EQ(writer.search().offline.checkpoint, R"({"page":[1,2]})");
  EXPECT_EQ(writer.search().offline.checkpoint_number, 2u);
}

TEST(RolloutRecord, BeginsAnewInAHigherGeneration) {
  Writer writer;
  writer.phase("attempt-started")
      .phase("checkpoint-saved", R"({"number":1,"value":1})")
      .phase("attempt-done");
  writer.phase("attempt-started", "{}", 1, 2);
  EXPECT_EQ(writer.search().offline.generation, 2u);
  EXPECT_EQ(writer.search().offline.outcome, PhaseOutcome::kUnderWay);
  EXPECT_EQ(writer.search().offline.checkpoint, std::nullopt);
}

TEST(RolloutRecord, RemembersWhereTheGateChanged) {
  Writer writer;
  writer.version("version-introduced").version("gate-opened").version("version-live");
  EXPECT_EQ(writer.search().gate, GateState::kOpen);
  EXPECT_EQ(writer.search().gate_position, 2u);
}

TEST(RolloutRecord, IsNotLiveBehindAHeldGate) {
  Writer writer;
  writer.version("gate-opened").version("version-live").version("gate-held");
  EXPECT_FALSE(writer.search().live);
  EXPECT_EQ(writer.search().gate, GateState::kHeld);
}

TEST(RolloutRecord, IsNeverLiveAndFailedAtOnce) {
  Writer writer;
  writer.version("version-live").version("version-failed", R"({"reason":"gone","stage":"readiness"})");
  EXPECT_FALSE(writer.search().live);
  EXPECT_EQ(writer.search().reason, "gone");
  writer.version("version-live");
  EXPECT_FALSE(writer.search().failed);
  EXPECT_EQ(writer.search().reason, "");
}

TEST(RolloutRecord, NoLongerSkipsAScriptWhoseVersionWasIntroduced) {
  Writer writer;
  EXPECT_TRUE(writer.version("script-skipped").search().script_skipped);
  EXPECT_FALSE(writer.version("version-introduced").search().script_skipped);
}

}  // namespace
}  // namespace exo

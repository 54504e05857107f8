#include "services/keeper/protocol.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

std::string without_end(std::string line) {
  EXPECT_TRUE(line.ends_with('\n'));
  line.pop_back();
  EXPECT_EQ(line.find('\n'), std::string::npos) << "one line only";
  return line;
}

template <typename T>
T through(const KeeperEvent& event) {
  auto parsed = parse_event(without_end(encode(event)));
  EXPECT_TRUE(parsed.ok());
  return std::get<T>(parsed.value());
}

template <typename T>
T through(const KeeperRequest& request) {
  auto parsed = parse_request(without_end(encode(request)));
  EXPECT_TRUE(parsed.ok());
  return std::get<T>(parsed.value());
}

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

TEST(KeeperProtocol, RefusesWhatIsNoJson) {
  EXPECT_EQ(parse_request("spawn x").error().code, "malformed");
}

TEST(KeeperProtocol, RefusesAnUnknownType) {
  const auto parsed = parse_request(R"({"type":"dance"})");
  ASSERT_FALSE(parsed.ok());
  EXPECT_NE(parsed.error().message.find("\"dance\""), std::string::npos) << parsed.error().message;
}

TEST(KeeperProtocol, RefusesASpawnWithoutACommand) {
  EXPECT_FALSE(parse_request(R"({"type":"spawn","id":"a","role":"r","folder":"/"})").ok());
}

TEST(KeeperProtocol, RefusesCharactersThatAreNoBytes) {
  const std::string line =
      "{\"type\":\"stop\",\"id\":\"\xE2\x82\xAC\",\"term_after_ms\":0,\"kill_after_ms\":0}";
  EXPECT_FALSE(parse_request(line).ok());
}

TEST(KeeperProtocol, RefusesAnEndThatIsNeitherCodeNorSignal) {
  EXPECT_FALSE(parse_event(R"({"type":"exited","id":"a","code":-1,"signal":0,"core":false,
      "duration_ms":0,"max_resident_kib":0,"user_ms":0,"system_ms":0,"last_lines":[]})")
                   .ok());
}

TEST(KeeperProtocol, CarriesWhatOutlivesAHost) {
  EXPECT_FALSE(through<OutliveHostRequest>(KeeperRequest(OutliveHostRequest{.outlives = false})).outlives);
  EXPECT_TRUE(through<OutliveHostRequest>(KeeperRequest(OutliveHostRequest{.outlives = true})).outlives);
  EXPECT_EQ(through<HoldRequest>(KeeperRequest(HoldRequest{"web\xFF"})).name, "web\xFF");
  EXPECT_EQ(through<ReleaseRequest>(KeeperRequest(ReleaseRequest{"web\xFF"})).name, "web\xFF");
  through<LookRequest>(KeeperRequest(LookRequest{}));
  through<AttachRequest>(KeeperRequest(AttachRequest{}));
  const KeptProcess kept{.id = "a", .role = "r", .pid = 7, .note = all_bytes(), .said = true};
  EXPECT_EQ(through<KeptProcess>(KeeperEvent(kept)), kept);
  EXPECT_EQ(through<HeldDescriptor>(KeeperEvent(HeldDescriptor{"web"})).name, "web");
  through<Listed>(KeeperEvent(Listed{}));
}

TEST(KeeperProtocol, CarriesASpawn) {
  const ProcessSpec spec{.id = "web-1",
                         .role = "web",
                         .argv = {"/bin/sh", "-c", "exec web"},
                         .folder = "/app/web",
                         .environment = {{"ROLE", "web"}, {"EMPTY", ""}},
                         .log_file = "/logs/web",
                         .log_bounds = {.file_bytes = 1U << 20U, .old_files = 2},
                         .awaited_text = "listening\xFF",
                         .lock_file = "/runs/lock",
                         .note = "0.0.1\xFE"};
  const ProcessSpec arrived = through<SpawnRequest>(SpawnRequest{spec}).spec;
  EXPECT_EQ(arrived.id, spec.id);
  EXPECT_EQ(arrived.role, spec.role);
  EXPECT_EQ(arrived.argv, spec.argv);
  EXPECT_EQ(arrived.folder, spec.folder);
  EXPECT_EQ(arrived.environment, spec.environment);
  EXPECT_EQ(arrived.log_file, spec.log_file);
  EXPECT_EQ(arrived.log_bounds, spec.log_bounds);
  EXPECT_EQ(arrived.awaited_text, spec.awaited_text);
  EXPECT_EQ(arrived.lock_file, spec.lock_file);
  EXPECT_EQ(arrived.note, spec.note);
  EXPECT_FALSE(arrived.user);
}

TEST(KeeperProtocol, RefusesASpawnWhoseUserHasNoNumber) {
  const std::string line = encode(KeeperRequest(SpawnRequest{ProcessSpec{}}));
  const auto with_user = [&line](const std::string& user) {
    std::string text = without_end(line);
    const std::string nobody = "\"user\":null";
    return text.replace(text.find(nobody), nobody.size(), "\"user\":" + user);
  };
  EXPECT_TRUE(parse_request(with_user(R"({"name":"todo","uid":7,"gid":8,"groups":[]})")).ok());
  EXPECT_FALSE(parse_request(with_user(R"({"name":"todo","gid":8,"groups":[]})")).ok());
  EXPECT_FALSE(parse_request(with_user(R"({"name":"todo","uid":"7","gid":8,"groups":[]})")).ok());
  EXPECT_FALSE(parse_request(with_user(R"("todo")")).ok());
}

TEST(KeeperProtocol, CarriesAUserWithItsGroups) {
  ProcessSpec spec;
  spec.user = ProcessUser{.name = all_bytes(),
                          .credentials = {.uid = 4'000'000'000, .gid = 7, .groups = {7, 4'000'000'001}}};
  EXPECT_EQ(through<SpawnRequest>(SpawnRequest{spec}).spec.user, spec.user);
}

TEST(KeeperProtocol, CarriesAllBytesOfAVariable) {
  ProcessSpec spec;
  spec.environment = {{"BYTES", all_bytes()}};
  EXPECT_EQ(through<SpawnRequest>(SpawnRequest{spec}).spec.environment, spec.environment);
}

TEST(KeeperProtocol, CarriesAllBytesOfALine) {
  const OutputLine line{.id = "a", .role = "r", .stream = OutputStream::kStderr, .text = all_bytes()};
  EXPECT_EQ(through<OutputLine>(line).text, line.text);
}

TEST(KeeperProtocol, CarriesTheStreamOfALine) {
  EXPECT_EQ(through<OutputLine>(OutputLine{"a", "r", OutputStream::kStderr, ""}).stream,
            OutputStream::kStderr);
  EXPECT_EQ(through<OutputLine>(OutputLine{"a", "r", OutputStream::kStdout, ""}).stream,
            OutputStream::kStdout);
}

TEST(KeeperProtocol, CarriesStopTimes) {
  const StopTimes times{.term_after = std::chrono::milliseconds(1),
                        .kill_after = std::chrono::milliseconds(2)};
  const auto arrived = through<StopRequest>(StopRequest{"a", times});
  EXPECT_EQ(arrived.id, "a");
  EXPECT_EQ(arrived.times.term_after, times.term_after);
  EXPECT_EQ(arrived.times.kill_after, times.kill_after);
}

TEST(KeeperProtocol, CarriesBatches) {
  const StopAllRequest request{.batches = {{"a", "b"}, {}, {"c"}}, .times = {}};
  EXPECT_EQ(through<StopAllRequest>(request).batches, request.batches);
}

TEST(KeeperProtocol, CarriesHowAProcessEnded) {
  for (const WaitStatus status :
       {WaitStatus::exited(7), WaitStatus::signalled(9), WaitStatus::dumped_core(11)}) {
    const ProcessExited exited{.id = "a",
                               .status = status,
                               .duration_ms = 4,
                               .max_resident_kib = 1,
                               .user_ms = 2,
                               .system_ms = 3,
                               .last_lines = {"x", ""}};
    const auto arrived = through<ProcessExited>(exited);
    EXPECT_EQ(arrived.status, status);
    EXPECT_EQ(arrived.duration_ms, 4U);
    EXPECT_EQ(arrived.max_resident_kib, 1U);
    EXPECT_EQ(arrived.user_ms, 2U);
    EXPECT_EQ(arrived.system_ms, 3U);
    EXPECT_EQ(arrived.last_lines, exited.last_lines);
  }
}

TEST(KeeperProtocol, CarriesTheOtherEvents) {
  EXPECT_EQ(through<ProcessStarted>(ProcessStarted{"a", 12}).pid, 12);
  EXPECT_EQ(through<ProcessFailedToStart>(ProcessFailedToStart{"a", "exec", "why"}).message, "why");
  EXPECT_EQ(through<OutputLinesLeftOut>(OutputLinesLeftOut{"a", 5}).count, 5U);
  EXPECT_EQ(through<AwaitedTextSaid>(AwaitedTextSaid{"a"}).id, "a");
  EXPECT_EQ(through<KeeperNotice>(KeeperNotice{"text"}).text, "text");
  through<AllStopped>(AllStopped{});
}

TEST(KeeperProtocol, CarriesTheGreeting) {
  const auto greeting = parse_greeting(without_end(encode(KeeperGreeting{.pid = 9, .refusal = "held"})));
  ASSERT_TRUE(greeting.ok());
  EXPECT_EQ(greeting.value().pid, 9);
  EXPECT_EQ(greeting.value().refusal, "held");
}

}  // namespace
}  // namespace exo

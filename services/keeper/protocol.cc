#include "services/keeper/protocol.h"

#include <nlohmann/json.hpp>

namespace exo {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

// Each byte becomes the code point of its number.
std::string to_text(const std::string& bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (value < 0x80) {
      text += byte;
    } else {
      text += static_cast<char>(0xC0U | (value >> 6U));
      text += static_cast<char>(0x80U | (value & 0x3FU));
    }
  }
  return text;
}

// The inverse of to_text. The parser has checked that `text` is UTF-8; code points above 255 are a fault.
std::string to_bytes(const std::string& text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto value = static_cast<unsigned char>(text[i]);
    if (value < 0x80) {
      bytes += text[i];
      continue;
    }
    if (value > 0xC3 || i + 1 == text.size()) throw std::invalid_argument("a character above U+00FF");
    const auto next = static_cast<unsigned char>(text[++i]);
    bytes += static_cast<char>(((value & 0x03U) << 6U) | (next & 0x3FU));
  }
  return bytes;
}

std::string bytes_at(const Json& object, const char* key) {
  return to_bytes(object.at(key).get<std::string>());
}

Json texts(const std::vector<std::string>& list) {
  Json array = Json::array();
  for (const std::string& item : list) array.push_back(to_text(item));
  return array;
}

std::vector<std::string> bytes_list(const Json& array) {
  std::vector<std::string> list;
  for (const auto& item : array) list.push_back(to_bytes(item.get<std::string>()));
  return list;
}

std::string line_of(const Json& object) {
  return object.dump() + "\n";
}

void put_times(Json& object, const StopTimes& times) {
  object["term_after_ms"] = times.term_after.count();
  object["kill_after_ms"] = times.kill_after.count();
}

StopTimes times_of(const Json& object) {
  return {.term_after = milliseconds(object.at("term_after_ms").get<std::int64_t>()),
          .kill_after = milliseconds(object.at("kill_after_ms").get<std::int64_t>())};
}

Json json_of(const std::optional<ProcessUser>& user) {
  if (!user) return nullptr;
  const Credentials& credentials = user->credentials;
  return {{"name", to_text(user->name)},
          {"uid", credentials.uid},
          {"gid", credentials.gid},
          {"groups", credentials.groups}};
}

std::optional<ProcessUser> user_of(const Json& object) {
  if (object.is_null()) return std::nullopt;
  return ProcessUser{.name = bytes_at(object, "name"),
                     .credentials = {.uid = object.at("uid").get<uid_t>(),
                                     .gid = object.at("gid").get<gid_t>(),
                                     .groups = object.at("groups").get<std::vector<gid_t>>()}};
}

struct RequestEncoder {
  Json operator()(const SpawnRequest& request) const {
    const ProcessSpec& spec = request.spec;
    Json environment = Json::array();
    for (const auto& [key, value] : spec.environment)
      environment.push_back(Json::array({to_text(key), to_text(value)}));
    Json limits = Json::array();
    for (const ResourceLimit& limit : spec.limits)
      limits.push_back(Json::array({limit.resource, limit.value}));
    return {{"type", "spawn"},
            {"id", to_text(spec.id)},
            {"role", to_text(spec.role)},
            {"argv", texts(spec.argv)},
            {"folder", to_text(spec.folder)},
            {"environment", std::move(environment)},
            {"log_file", to_text(spec.log_file)},
            {"log_bounds", Json::array({spec.log_bounds.file_bytes, spec.log_bounds.old_files})},
            {"limits", std::move(limits)},
            {"awaited_text", to_text(spec.awaited_text)},
            {"lock_file", to_text(spec.lock_file)},
            {"note", to_text(spec.note)},
            {"user", json_of(spec.user)}};
  }
  Json operator()(const StopRequest& request) const {
    Json object = {{"type", "stop"}, {"id", to_text(request.id)}};
    put_times(object, request.times);
    return object;
  }
  Json operator()(const StopAllRequest& request) const {
    Json batches = Json::array();
    for (const auto& batch : request.batches) batches.push_back(texts(batch));
    Json object = {{"type", "stop-all"}, {"batches", std::move(batches)}};
    put_times(object, request.times);
    return object;
  }
  Json operator()(const OutliveHostRequest& request) const {
    return {{"type", "outlive-host"}, {"outlives", request.outlives}};
  }
  Json operator()(const HoldRequest& request) const {
    return {{"type", "hold"}, {"name", to_text(request.name)}};
  }
  Json operator()(const ReleaseRequest& request) const {
    return {{"type", "release"}, {"name", to_text(request.name)}};
  }
  Json operator()(const LookRequest&) const { return {{"type", "look"}}; }
  Json operator()(const AttachRequest&) const { return {{"type", "attach"}}; }
};

struct EventEncoder {
  Json operator()(const ProcessStarted& event) const {
    return {{"type", "started"}, {"id", to_text(event.id)}, {"pid", event.pid}};
  }
  Json operator()(const ProcessFailedToStart& event) const {
    return {{"type", "failed-to-start"},
            {"id", to_text(event.id)},
            {"stage", event.stage},
            {"message", to_text(event.message)}};
  }
  Json operator()(const OutputLine& event) const {
    return {{"type", "output"},
            {"id", to_text(event.id)},
            {"role", to_text(event.role)},
            {"stream", event.stream == OutputStream::kStdout ? "stdout" : "stderr"},
            {"text", to_text(event.text)}};
  }
  Json operator()(const OutputLinesLeftOut& event) const {
    return {{"type", "left-out"}, {"id", to_text(event.id)}, {"count", event.count}};
  }
  Json operator()(const AwaitedTextSaid& event) const {
    return {{"type", "said"}, {"id", to_text(event.id)}};
  }
  Json operator()(const ProcessExited& event) const {
    return {{"type", "exited"},
            {"id", to_text(event.id)},
            {"code", event.status.code()},
            {"signal", event.status.signal()},
            {"core", event.status.core()},
            {"duration_ms", event.duration_ms},
            {"max_resident_kib", event.max_resident_kib},
            {"user_ms", event.user_ms},
            {"system_ms", event.system_ms},
            {"last_lines", texts(event.last_lines)}};
  }
  Json operator()(const KeeperNotice& event) const {
    return {{"type", "notice"}, {"text", to_text(event.text)}};
  }
  Json operator()(const AllStopped&) const { return {{"type", "all-stopped"}}; }
  Json operator()(const KeptProcess& event) const {
    return {{"type", "kept"},   {"id", to_text(event.id)},     {"role", to_text(event.role)},
            {"pid", event.pid}, {"note", to_text(event.note)}, {"said", event.said}};
  }
  Json operator()(const HeldDescriptor& event) const {
    return {{"type", "held"}, {"name", to_text(event.name)}};
  }
  Json operator()(const Listed&) const { return {{"type", "listed"}}; }
  Json operator()(const KeeperLost&) const {
    EXO_CHECK(false && "KeeperLost is made by the client");
    return {};
  }
};

ProcessSpec spec_of(const Json& object) {
  ProcessSpec spec;
  spec.id = bytes_at(object, "id");
  spec.role = bytes_at(object, "role");
  spec.argv = bytes_list(object.at("argv"));
  spec.folder = bytes_at(object, "folder");
  for (const auto& pair : object.at("environment"))
    spec.environment.emplace_back(to_bytes(pair.at(0).get<std::string>()),
                                  to_bytes(pair.at(1).get<std::string>()));
  spec.log_file = bytes_at(object, "log_file");
  const Json& bounds = object.at("log_bounds");
  spec.log_bounds = {.file_bytes = bounds.at(0).get<std::uint64_t>(),
                     .old_files = bounds.at(1).get<unsigned>()};
  for (const auto& limit : object.at("limits"))
    spec.limits.push_back({limit.at(0).get<int>(), limit.at(1).get<std::uint64_t>()});
  spec.awaited_text = bytes_at(object, "awaited_text");
  spec.lock_file = bytes_at(object, "lock_file");
  spec.note = bytes_at(object, "note");
  spec.user = user_of(object.at("user"));
  return spec;
}

StopAllRequest stop_all_of(const Json& object) {
  StopAllRequest request{.batches = {}, .times = times_of(object)};
  for (const auto& batch : object.at("batches")) request.batches.push_back(bytes_list(batch));
  return request;
}

KeeperRequest request_of(const Json& object) {
  const auto type = object.at("type").get<std::string>();
  if (type == "spawn") return SpawnRequest{spec_of(object)};
  if (type == "stop") return StopRequest{bytes_at(object, "id"), times_of(object)};
  if (type == "stop-all") return stop_all_of(object);
  if (type == "outlive-host") return OutliveHostRequest{object.at("outlives").get<bool>()};
  if (type == "hold") return HoldRequest{bytes_at(object, "name")};
  if (type == "release") return ReleaseRequest{bytes_at(object, "name")};
  if (type == "look") return LookRequest{};
  if (type == "attach") return AttachRequest{};
  throw std::invalid_argument("the type \"" + type + "\" is none of the host's");
}

WaitStatus status_of(const Json& object) {
  const int signal = object.at("signal").get<int>();
  const int code = object.at("code").get<int>();
  if (signal < 0 || (signal == 0 && code < 0)) throw std::invalid_argument("neither a code nor a signal");
  if (signal == 0) return WaitStatus::exited(code);
  return object.at("core").get<bool>() ? WaitStatus::dumped_core(signal) : WaitStatus::signalled(signal);
}

ProcessExited exited_of(const Json& object) {
  return {.id = bytes_at(object, "id"),
          .status = status_of(object),
          .duration_ms = object.at("duration_ms").get<std::uint64_t>(),
          .max_resident_kib = object.at("max_resident_kib").get<std::uint64_t>(),
          .user_ms = object.at("user_ms").get<std::uint64_t>(),
          .system_ms = object.at("system_ms").get<std::uint64_t>(),
          .last_lines = bytes_list(object.at("last_lines"))};
}

OutputLine output_of(const Json& object) {
  const bool is_stdout = object.at("stream").get<std::string>() == "stdout";
  return {.id = bytes_at(object, "id"),
          .role = bytes_at(object, "role"),
          .stream = is_stdout ? OutputStream::kStdout : OutputStream::kStderr,
          .text = bytes_at(object, "text")};
}

KeptProcess kept_of(const Json& object) {
  return {.id = bytes_at(object, "id"),
          .role = bytes_at(object, "role"),
          .pid = object.at("pid").get<pid_t>(),
          .note = bytes_at(object, "note"),
          .said = object.at("said").get<bool>()};
}

KeeperEvent event_of(const Json& object) {
  const auto type = object.at("type").get<std::string>();
  if (type == "output") return output_of(object);
  if (type == "started") return ProcessStarted{bytes_at(object, "id"), object.at("pid").get<pid_t>()};
  if (type == "exited") return exited_of(object);
  if (type == "failed-to-start")
    return ProcessFailedToStart{bytes_at(object, "id"), object.at("stage").get<std::string>(),
                                bytes_at(object, "message")};
  if (type == "left-out")
    return OutputLinesLeftOut{bytes_at(object, "id"), object.at("count").get<std::uint64_t>()};
  if (type == "said") return AwaitedTextSaid{bytes_at(object, "id")};
  if (type == "notice") return KeeperNotice{bytes_at(object, "text")};
  if (type == "all-stopped") return AllStopped{};
  if (type == "kept") return kept_of(object);
  if (type == "held") return HeldDescriptor{bytes_at(object, "name")};
  if (type == "listed") return Listed{};
  throw std::invalid_argument("the type \"" + type + "\" is none of the keeper's");
}

KeeperGreeting greeting_of(const Json& object) {
  if (object.at("type").get<std::string>() != "greeting") throw std::invalid_argument("not a greeting");
  return {.pid = object.at("pid").get<pid_t>(), .refusal = bytes_at(object, "refusal")};
}

// The JSON library and the readers above report by exception; this is the edge where that ends.
template <typename T>
Result<T> parse(std::string_view line, T (*read)(const Json&)) {
  try {
    return read(Json::parse(line));
  } catch (const std::exception& error) {
    return Error{"malformed", "a line between host and keeper is malformed: " + std::string(error.what())};
  }
}

}  // namespace

std::string encode(const KeeperRequest& request) {
  return line_of(std::visit(RequestEncoder{}, request));
}

std::string encode(const KeeperGreeting& greeting) {
  return line_of({{"type", "greeting"}, {"pid", greeting.pid}, {"refusal", to_text(greeting.refusal)}});
}

std::string encode(const KeeperEvent& event) {
  return line_of(std::visit(EventEncoder{}, event));
}

Result<KeeperRequest> parse_request(std::string_view line) {
  return parse<KeeperRequest>(line, request_of);
}

Result<KeeperGreeting> parse_greeting(std::string_view line) {
  return parse<KeeperGreeting>(line, greeting_of);
}

Result<KeeperEvent> parse_event(std::string_view line) {
  return parse<KeeperEvent>(line, event_of);
}

}  // namespace exo

#include "host/bus_keys.h"

#include <algorithm>
#include <cctype>
#include <system_error>

#include "base/files.h"
#include "base/text.h"

namespace exo {
namespace {

constexpr std::size_t kKeysLimitBytes = 4096;
constexpr std::size_t kOperatorsLimitBytes = std::size_t{1024} * 1024;
constexpr std::size_t kNameLimit = 64;

Error at_line(const std::string& file, int line, const std::string& why) {
  return {"malformed", file + ":" + std::to_string(line) + ": " + why};
}

Result<OperatorKey> parse_line(const std::string& file, int number, std::string_view line) {
  const std::size_t space = line.find(' ');
  const std::string_view name = line.substr(0, space);
  const std::string_view key = space == std::string_view::npos ? "" : trim(line.substr(space));
  if (!is_operator_name(name)) {
    return at_line(file, number,
                   in_quotes(name) + " is no name of a person; it is letters, digits, '-', '_', '.' and '@'");
  }
  if (!is_curve_key(key)) {
    return at_line(file, number,
                   in_quotes(key) + " is no public key, which is 40 characters; write: NAME KEY");
  }
  return OperatorKey{.who = std::string(name), .public_key = std::string(key)};
}

}  // namespace

std::filesystem::path bus_keys_file(const StateFolder& state) {
  return state.path() / "curve";
}

std::filesystem::path operators_file(const StateFolder& state) {
  return state.path() / "operators";
}

std::filesystem::path peoples_keys_folder(const StateFolder& state) {
  return state.path() / "keys";
}

Result<CurveKeys> read_bus_keys(const StateFolder& state) {
  const std::string file = bus_keys_file(state).string();
  const auto content = read_file(file, kKeysLimitBytes);
  if (!content && content.error().code == "not-found") {
    return Error{"absent", "the bus of " + state.environment() +
                               " has no keys yet; start exo once, which makes them: exo run " +
                               state.application().string()};
  }
  if (!content) return content.error();
  auto keys = parse_server_keys(file, content.value());
  if (keys) return keys;
  return Error{keys.error().code,
               keys.error().message +
                   "; put it back as it was, or remove it: then exo makes new keys, and whoever "
                   "joins from elsewhere needs a new file"};
}

Result<CurveKeys> make_bus_keys(const StateFolder& state) {
  auto keys = read_bus_keys(state);
  if (keys || keys.error().code != "absent") return keys;
  CurveKeys made = make_curve_keys();
  const auto written = write_file_atomically(bus_keys_file(state).string(), format(made));
  if (!written) return written.error();
  return made;
}

bool is_operator_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameLimit &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 ||
                  std::string_view("-_.@").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

Result<std::vector<OperatorKey>> parse_operator_keys(const std::string& file, std::string_view content) {
  std::vector<OperatorKey> keys;
  int number = 0;
  for (const std::string_view text : split(content, '\n')) {
    ++number;
    const std::string_view line = trim(text);
    if (line.empty() || line == "#" || line.substr(0, 2) == "# ") continue;
    auto key = parse_line(file, number, line);
    if (!key) return key.error();
    for (const OperatorKey& other : keys) {
      // One key is one person's; a person may have several.
      if (other.public_key == key.value().public_key)
        return at_line(file, number, "the key " + other.public_key + " is listed already, for " + other.who);
    }
    keys.push_back(std::move(key).value());
  }
  return keys;
}

Result<std::vector<OperatorKey>> read_operator_keys(const StateFolder& state) {
  const std::string file = operators_file(state).string();
  const auto content = read_file(file, kOperatorsLimitBytes);
  if (!content && content.error().code == "not-found") return std::vector<OperatorKey>{};
  if (!content) return content.error();
  return parse_operator_keys(file, content.value());
}

Result<void> write_operator_keys(const StateFolder& state, const std::vector<OperatorKey>& keys) {
  std::string content;
  for (const OperatorKey& key : keys) content += key.who + " " + key.public_key + "\n";
  return write_file_atomically(operators_file(state).string(), content);
}

std::optional<Result<std::vector<OperatorKey>>> OperatorKeysWatch::look() {
  struct stat status {};
  Seen now;
  if (::stat(operators_file(state_).c_str(), &status) == 0) {
    constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
    now = {.inode = status.st_ino,
           .size = status.st_size,
           .changed_ns = status.st_ctim.tv_sec * kNanosecondsPerSecond + status.st_ctim.tv_nsec};
  }
  if (seen_ == now) return std::nullopt;
  seen_ = now;
  return read_operator_keys(state_);
}

}  // namespace exo

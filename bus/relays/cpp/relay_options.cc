#include <charconv>
#include <cstdlib>
#include <string_view>

#include "base/files.h"
#include "bus/relays/cpp/relay.h"

namespace exo {

namespace {

constexpr std::size_t kTokenFileLimitBytes = 4096;
constexpr std::int64_t kMostStopWithinMs = 999'999'999;

Error bad_environment(const std::string& why) {
  return Error{"bad-environment", why + " (exo sets this for the processes that it starts)"};
}

Result<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr)
    return bad_environment(std::string("the environment variable ") + name + " is not set");
  if (*value == '\0') return bad_environment(std::string("the environment variable ") + name + " is empty");
  return std::string(value);
}

std::string without_surrounding_space(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<std::string> read_token() {
  auto path = variable("EXO_TOKEN_FILE");
  if (!path.ok()) return path;
  auto content = read_file(path.value(), kTokenFileLimitBytes);
  if (!content.ok()) return bad_environment("EXO_TOKEN_FILE: " + content.error().message);
  auto read = without_surrounding_space(content.value());
  if (read.empty()) return bad_environment("EXO_TOKEN_FILE: " + path.value() + " holds no token");
  return read;
}

// Empty where the variable is not set.
Result<CurveIdentity> read_curve_keys() {
  const char* file = std::getenv("EXO_CURVE_FILE");
  if (file == nullptr || *file == '\0') return CurveIdentity();
  if (!has_curve()) return bad_environment("EXO_CURVE_FILE is set, but ZeroMQ was built without CURVE");
  auto identity = read_curve_identity(file);
  if (!identity.ok()) return bad_environment("EXO_CURVE_FILE: " + identity.error().message);
  return identity;
}

// Four fifths of what exo leaves between SIGTERM and SIGKILL; the rest is for the program's own end.
Result<void> read_close_timeout(RelayOptions& options) {
  const char* text = std::getenv("EXO_STOP_WITHIN");
  if (text == nullptr || *text == '\0') return {};
  const std::string_view digits(text);
  std::int64_t stop_within_ms = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), stop_within_ms);
  if (error != std::errc{} || end != digits.data() + digits.size() || stop_within_ms <= 0 ||
      stop_within_ms > kMostStopWithinMs) {
    return bad_environment("EXO_STOP_WITHIN is \"" + std::string(digits) +
                           "\", not a whole number of milliseconds");
  }
  options.close_timeout = std::chrono::milliseconds(stop_within_ms) * 4 / 5;
  return {};
}

}  // namespace

Result<RelayOptions> RelayOptions::from_environment() {
  RelayOptions options;
  const std::pair<const char*, std::string*> variables[] = {{"ROLE", &options.role},
                                                            {"EXO_BUS", &options.endpoint},
                                                            {"EXO_VERSION", &options.version},
                                                            {"EXO_INSTANCE", &options.instance}};
  for (const auto& [name, target] : variables) {
    auto value = variable(name);
    if (!value.ok()) return value.error();
    *target = std::move(value).value();
  }
  if (const auto read = read_close_timeout(options); !read.ok()) return read.error();
  auto token = read_token();
  if (!token.ok()) return token.error();
  options.token = std::move(token).value();
  auto curve = read_curve_keys();
  if (!curve.ok()) return curve.error();
  options.curve = std::move(curve).value();
  return options;
}

}  // namespace exo

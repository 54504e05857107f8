#include "host/service_unit.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace exo {
namespace {

constexpr std::string_view kMark =
    "# Written by exo service install; what is changed here is lost when it is typed again.\n";
// More than a host takes to end its scripts and to record that it has stopped.
constexpr std::string_view kStopWithin = "30";

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
}

// '%' begins a specifier wherever a value is read.
std::string plain(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '%' ? std::string("%%") : std::string(1, c);
  return escaped;
}

std::string quoted(std::string_view text) {
  std::string escaped = "\"";
  for (const char c : plain(text)) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped + "\"";
}

// A word of a command, where '$' begins a variable besides.
std::string word(std::string_view text) {
  std::string escaped;
  for (const char c : quoted(text)) escaped += c == '$' ? std::string("$$") : std::string(1, c);
  return escaped;
}

Result<void> check(std::string_view what, std::string_view value) {
  if (std::none_of(value.begin(), value.end(), is_control)) return {};
  return Error{"usage", std::string(what) + " holds a control character, which no unit of systemd can: " +
                            in_quotes(std::string(value))};
}

}  // namespace

std::string unit_name(const ServiceUnit& unit) {
  std::string name = "exo-" + unit.application + "-" + unit.environment;
  const auto is_taken = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  for (char& c : name) {
    if (!is_taken(c)) c = '-';
  }
  return name + ".service";
}

Result<std::string> render(const ServiceUnit& unit) {
  std::vector<std::pair<std::string, std::string>> values = {{"the application's name", unit.application},
                                                             {"the application's folder", unit.folder},
                                                             {"exo's own path", unit.program},
                                                             {"the user's name", unit.user}};
  for (const auto& [name, value] : unit.variables) values.emplace_back(name, value);
  for (const std::string& text : unit.words) values.emplace_back("an option", text);
  for (const auto& [what, value] : values) {
    if (const auto checked = check(what, value); !checked) return checked.error();
  }
  std::string command =
      word(unit.program) + " host " + word(unit.folder) + " --environment " + word(unit.environment);
  for (const std::string& text : unit.words) command += " " + word(text);
  const bool is_of_system = unit.of == ServiceUnit::Of::kSystem;

  std::string text(kMark);
  text +=
      "[Unit]\nDescription=exo host of " + plain(unit.application) + " in " + plain(unit.environment) + "\n";
  if (is_of_system) text += "Wants=network-online.target\nAfter=network-online.target\n";
  text += "\n[Service]\nType=exec\nExecStart=" + command + "\n";
  if (!unit.user.empty()) text += "User=" + plain(unit.user) + "\n";
  for (const auto& [name, value] : unit.variables) text += "Environment=" + quoted(name + "=" + value) + "\n";
  text +=
      "# The keeper and the services outlive the host, and the next one finds them: exo stop ends them.\n"
      "KillMode=process\n"
      "# A service that the kernel kills for its memory is exo's to start again.\n"
      "OOMPolicy=continue\n"
      "Restart=on-failure\nRestartSec=2\nTimeoutStopSec=" +
      std::string(kStopWithin) + "\n";
  text +=
      std::string("\n[Install]\nWantedBy=") + (is_of_system ? "multi-user.target" : "default.target") + "\n";
  return text;
}

bool is_rendered(const std::string& text) {
  return text.rfind(kMark, 0) == 0;
}

}  // namespace exo

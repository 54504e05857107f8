#include "host/instance_note.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace exo {

using Json = nlohmann::json;

std::string to_text(const InstanceNote& note) {
  return Json{{"version", note.version}, {"port", note.port}, {"artifact", note.artifact}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

std::optional<InstanceNote> parse_instance_note(const std::string& text) {
  const Json note = Json::parse(text, nullptr, false);
  if (!note.is_object()) return std::nullopt;
  const auto version = note.find("version");
  const auto port = note.find("port");
  if (version == note.end() || !version->is_string() || port == note.end()) return std::nullopt;
  if (!port->is_number_unsigned()) return std::nullopt;
  const auto number = port->get<std::uint64_t>();
  if (number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  const auto artifact = note.find("artifact");
  const bool is_copy = artifact != note.end() && artifact->is_string();
  return InstanceNote{.version = version->get<std::string>(),
                      .port = static_cast<std::uint16_t>(number),
                      .artifact = is_copy ? artifact->get<std::string>() : ""};
}

}  // namespace exo

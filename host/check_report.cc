#include "host/check_report.h"

#include <nlohmann/json.hpp>

#include "base/hanging_lines.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

std::string count(std::size_t number, const std::string& what) {
  if (number == 0) return "no " + what;
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string with_warning(Notice notice) {
  notice.message = "warning: " + notice.message;
  return to_string(notice);
}

std::string holdings(const ApplicationCheck& check) {
  const std::size_t versions = versions_of(*check.application).size();
  return count(check.application->roles.size(), "service") + ", " + count(versions, "version") + ", " +
         count(check.catalog.scripts.size(), "deployment script");
}

std::string summary(const ApplicationCheck& check) {
  const std::string warnings = check.warnings.empty() ? "" : ", " + count(check.warnings.size(), "warning");
  if (!check.mistakes.empty()) {
    return count(check.mistakes.size(), "mistake") + warnings + ": exo run would refuse to start\n";
  }
  return check.application->name + ": no mistake" + warnings + " (" + holdings(check) + ")\n";
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json line_or_null(int line) {
  return line == 0 ? Json() : Json(line);
}

Json to_json_object(const Mistake& mistake) {
  return {{"file", mistake.file},
          {"line", line_or_null(mistake.line)},
          {"key", text_or_null(mistake.key)},
          {"value", text_or_null(mistake.value)},
          {"message", mistake.message},
          {"nearest", text_or_null(mistake.nearest)}};
}

Json to_json_object(const Notice& warning) {
  return {{"file", warning.file}, {"line", line_or_null(warning.line)}, {"message", warning.message}};
}

}  // namespace

std::string to_text(const ApplicationCheck& check, std::size_t columns) {
  constexpr std::size_t kIndent = 4;
  std::string text;
  for (const Mistake& mistake : check.mistakes)
    text += hanging_lines("", to_string(mistake), columns, kIndent);
  for (const Notice& warning : check.warnings) {
    text += hanging_lines("", with_warning(warning), columns, kIndent);
  }
  return text + summary(check);
}

std::string to_json(const ApplicationCheck& check) {
  Json report{{"application", check.application ? Json(check.application->name) : Json()},
              {"mistakes", Json::array()},
              {"warnings", Json::array()}};
  for (const Mistake& mistake : check.mistakes) report["mistakes"].push_back(to_json_object(mistake));
  for (const Notice& warning : check.warnings) report["warnings"].push_back(to_json_object(warning));
  return report.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace exo

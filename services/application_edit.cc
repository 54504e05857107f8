#include "services/application_edit.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "base/yaml_document.h"

namespace exo {
namespace {

// A text that keeps its own line ends.
struct Lines {
  std::vector<std::string> lines;  // without their ends
  std::string end = "\n";
};

Lines lines_of(std::string_view text) {
  Lines lines;
  if (text.find("\r\n") != std::string_view::npos) lines.end = "\r\n";
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.lines.emplace_back(line);
  }
  while (!lines.lines.empty() && trim(lines.lines.back()).empty()) lines.lines.pop_back();
  return lines;
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines.lines) text += line + lines.end;
  return text;
}

std::size_t indentation(const std::string& line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool is_blank(const std::string& line) {
  return trim(line).empty();
}

bool is_comment(const std::string& line) {
  return trim(line).starts_with('#');
}

// Where the block that begins below `line` ends: behind its last line with content. Comments that stand as
// far left as what follows the block belong to that.
std::size_t end_of_block(const std::vector<std::string>& lines, std::size_t line, std::size_t deeper_than) {
  std::size_t end = line;
  for (std::size_t i = line; i < lines.size(); ++i) {
    const bool inside = indentation(lines[i]) > deeper_than;
    if (is_blank(lines[i]) || (is_comment(lines[i]) && !inside)) continue;
    if (!inside) break;
    end = i + 1;
  }
  return end;
}

std::vector<std::string> entry_lines(std::string_view role, std::size_t spaces, std::size_t step) {
  return {std::string(spaces, ' ') + std::string(role) + ":",
          std::string(spaces + step, ' ') + "location: ./" + std::string(role)};
}

void insert(Lines& into, std::size_t at, const std::vector<std::string>& lines) {
  into.lines.insert(into.lines.begin() + static_cast<std::ptrdiff_t>(at), lines.begin(), lines.end());
}

bool same(const YamlNode& left, const YamlNode& right) {
  const auto same_entry = [](const YamlEntry& one, const YamlEntry& other) {
    return one.key == other.key && same(one.value, other.value);
  };
  return left.kind == right.kind && left.text == right.text &&
         std::equal(left.items.begin(), left.items.end(), right.items.begin(), right.items.end(), same) &&
         std::equal(left.entries.begin(), left.entries.end(), right.entries.begin(), right.entries.end(),
                    same_entry);
}

// What the file is to say: the old document with the service at the end or the beginning of the others.
bool says(const YamlNode& edited, const YamlNode& old, std::string_view role) {
  YamlNode without = edited;
  const auto services = std::find_if(without.entries.begin(), without.entries.end(),
                                     [](const YamlEntry& e) { return e.key == "services"; });
  if (services == without.entries.end()) return false;
  std::vector<YamlEntry>& roles = services->value.entries;
  const auto added =
      std::find_if(roles.begin(), roles.end(), [role](const YamlEntry& e) { return e.key == role; });
  if (added == roles.end()) return false;
  const YamlEntry* location = added->value.find("location");
  if (location == nullptr || location->value.text != "./" + std::string(role)) return false;
  roles.erase(added);
  if (!roles.empty()) return same(without, old);
  // The old document had none: its services were absent, nothing, or an empty map.
  const YamlEntry* before = old.find("services");
  if (before == nullptr)
    without.entries.erase(services);
  else
    services->value = before->value;
  return without.entries.empty() ? old.entries.empty() : same(without, old);
}

// Behind "services:" of a map in braces: `{}` becomes a block, others get one more at their beginning.
bool edit_braces(Lines& lines, const YamlEntry& services, std::string_view role) {
  std::string& line = lines.lines[static_cast<std::size_t>(services.value.line - 1)];
  const auto brace = static_cast<std::size_t>(services.value.column - 1);
  if (brace >= line.size() || line[brace] != '{') return false;
  if (!services.value.entries.empty()) {
    line.insert(brace + 1, std::string(role) + ": {location: ./" + std::string(role) + "}, ");
    return true;
  }
  const std::size_t close = line.find('}', brace);
  if (close == std::string::npos) return false;
  line.erase(brace, close + 1 - brace);
  while (line.ends_with(' ')) line.pop_back();
  const auto spaces = static_cast<std::size_t>(services.column - 1) + 2;
  insert(lines, static_cast<std::size_t>(services.value.line), entry_lines(role, spaces, 2));
  return true;
}

bool edit_block(Lines& lines, const YamlEntry& services, std::string_view role) {
  const auto outer = static_cast<std::size_t>(services.column - 1);
  if (services.value.is_null()) {
    insert(lines, static_cast<std::size_t>(services.line), entry_lines(role, outer + 2, 2));
    return true;
  }
  const YamlEntry& last = services.value.entries.back();
  const auto spaces = static_cast<std::size_t>(last.column - 1);
  if (spaces <= outer) return false;
  const std::size_t end = end_of_block(lines.lines, static_cast<std::size_t>(last.line - 1), outer);
  insert(lines, end, entry_lines(role, spaces, spaces - outer));
  return true;
}

bool edit(Lines& lines, const YamlNode& root, std::string_view role) {
  const YamlEntry* services = root.find("services");
  if (services == nullptr) {
    lines.lines.emplace_back("services:");
    insert(lines, lines.lines.size(), entry_lines(role, 2, 2));
    return true;
  }
  const YamlNode& value = services->value;
  if (!value.is_null() && !value.is_map()) return false;
  const bool is_block = value.is_null() || (!value.entries.empty() && value.line > services->line);
  return is_block ? edit_block(lines, *services, role) : edit_braces(lines, *services, role);
}

Error by_hand(std::string_view role) {
  const std::string name(role);
  return Error{"by-hand",
               "cannot be added to without changing more than one place; write under its services: " + name +
                   ": {location: ./" + name + "}"};
}

}  // namespace

Result<std::string> add_service(std::string_view text, std::string_view role) {
  const auto old = parse_yaml_strictly(text, "application.yml");
  if (!old) return Error{"malformed", old.error().message};
  if (!old.value().is_map() && !old.value().is_null()) return by_hand(role);
  if (const YamlEntry* services = old.value().find("services")) {
    if (const YamlEntry* there = services->value.find(role)) {
      return Error{"taken",
                   "has a service " + in_quotes(role) + " already, on line " + std::to_string(there->line)};
    }
  }
  Lines lines = lines_of(text);
  if (!edit(lines, old.value(), role)) return by_hand(role);
  std::string edited = text_of(lines);
  const YamlDocument document = parse_yaml(edited);
  if (!document.faults.empty() || !says(document.root, old.value(), role)) return by_hand(role);
  return edited;
}

std::string new_application(std::string_view name) {
  const bool is_plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  std::string written(name);
  if (!is_plain) {
    written = "'";
    for (const char c : name) written += c == '\'' ? "''" : std::string(1, c);
    written += "'";
  }
  return "# The application's name, and its services with their folders. `exo add` adds one.\nname: " +
         written + "\nservices: {}\n";
}

}  // namespace exo

#include "services/configuration_file.h"

#include <algorithm>
#include <map>

#include "base/files.h"
#include "base/nearest_word.h"
#include "base/text.h"
#include "services/application.h"

namespace exo {
namespace {

std::string joined_key(const std::string& parent, std::string_view key) {
  return (parent.empty() ? "" : parent + ".") + printable(key, 80);
}

std::string item_key(const std::string& parent, std::size_t index) {
  return parent + "[" + std::to_string(index) + "]";
}

std::string what_to_do_about(const Error& unreadable) {
  if (unreadable.code == "not-allowed")
    return "; give yourself the right to read it, or run exo as its owner";
  if (unreadable.code == "not-a-file") return "; put a text file in its place";
  if (unreadable.code == "too-large") return "; no such file of an application needs as much";
  return {};
}

}  // namespace

bool ConfigurationFile::load(const std::string& path) {
  const Result<std::string> content = read_file(path, kMaxYamlFileBytes);
  if (!content.ok()) {
    add_mistake(0, "", "", content.error().message + what_to_do_about(content.error()));
    return false;
  }
  document_ = parse_yaml(content.value());
  for (const YamlFault& fault : document_.faults) add_mistake(fault.line, "", fault.key, fault.message);
  if (document_.root.is_map()) return true;
  if (document_.faults.empty()) {
    add_mistake(document_.root.line, "", document_.root.text,
                std::string("expected keys with values (\"name: …\"), found ") + describe(document_.root));
  }
  return false;
}

Field ConfigurationFile::at(const Field& map, std::string_view key) {
  const YamlEntry* entry = map.node == nullptr ? nullptr : map.node->find(key);
  const std::string path = joined_key(map.key, key);
  return entry == nullptr ? Field{nullptr, path} : Field{&entry->value, path, entry->line};
}

Field ConfigurationFile::at_path(const Field& map, std::string_view path) {
  Field field = map;
  for (const std::string_view key : split(path, '.')) field = at(field, key);
  return field;
}

bool ConfigurationFile::is_map(const Field& field) {
  if (field.is_absent()) return false;
  if (field.node->is_map()) return true;
  add_mistake(field, std::string("expected keys with values below it, found ") + describe(*field.node));
  return false;
}

void ConfigurationFile::allow_keys(const Field& map, const std::vector<std::string>& known) {
  for (const YamlEntry& entry : map.node->entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    const std::string near = nearest_word(entry.key, known);
    if (!near.empty()) misspelled_.insert(joined_key(map.key, near));
    add_mistake(entry.line, joined_key(map.key, entry.key), entry.value.text,
                near.empty() ? "unknown key; known here: " + join(known, ", ")
                             : "unknown key; did you mean " + in_quotes(near) + "?")
        .nearest = near;
  }
}

void ConfigurationFile::add_missing(int line, const Field& field, std::string message) {
  if (misspelled_.count(field.key) == 0) add_mistake(line, field.key, "", std::move(message));
}

std::optional<PlacedText> ConfigurationFile::text(const Field& field) {
  if (field.is_absent()) return std::nullopt;
  if (field.node->is_scalar()) return PlacedText{field.node->text, field.node->line};
  add_mistake(field, std::string("expected text, found ") + describe(*field.node));
  return std::nullopt;
}

std::vector<PlacedText> ConfigurationFile::texts(const Field& field, std::string_view what) {
  return texts(field, what, nullptr);
}

std::vector<PlacedText> ConfigurationFile::texts(const Field& field, std::string_view what,
                                                 const TextOf& text_of) {
  if (field.is_absent()) return {};
  if (!field.node->is_sequence()) {
    add_mistake(field, "expected a list with a " + std::string(what) + " in each line (\"- …\"), found " +
                           describe(*field.node));
    return {};
  }
  std::vector<PlacedText> result;
  std::map<std::string, int> first_lines;
  for (std::size_t i = 0; i < field.node->items.size(); ++i) {
    Field item_field{&field.node->items[i], item_key(field.key, i)};
    if (text_of && item_field.node->is_map()) {
      const int line = item_field.node->line;
      item_field = text_of(item_field);
      if (item_field.is_absent()) {
        add_missing(line, item_field, "missing; expected a " + std::string(what));
        continue;
      }
    }
    const YamlNode& item = *item_field.node;
    if (!item.is_scalar()) {
      add_mistake(item_field, "expected a " + std::string(what) + ", found " + describe(item));
      continue;
    }
    const auto [first, is_new] = first_lines.emplace(item.text, item.line);
    if (is_new) {
      result.push_back({item.text, item.line});
    } else {
      add_mistake(item_field, in_quotes(item.text) + " is listed twice, on line " +
                                  std::to_string(first->second) + " first. Leave one of the two out");
    }
  }
  return result;
}

std::vector<std::pair<PlacedText, std::string>> ConfigurationFile::named_texts(const Field& field) {
  std::vector<std::pair<PlacedText, std::string>> result;
  if (!is_map(field)) return result;
  for (const YamlEntry& entry : field.node->entries) {
    if (entry.value.is_scalar() || entry.value.is_null()) {
      result.push_back({{entry.key, entry.line}, entry.value.text});
    } else {
      add_mistake(at(field, entry.key), std::string("expected text, found ") + describe(entry.value));
    }
  }
  return result;
}

Mistake& ConfigurationFile::add_mistake(int line, std::string key, std::string_view value,
                                        std::string message) {
  return mistakes_.emplace_back(Mistake{.file = name_,
                                        .line = line,
                                        .key = std::move(key),
                                        .value = printable(value),
                                        .message = std::move(message)});
}

Mistake& ConfigurationFile::add_mistake(const Field& field, std::string message) {
  return add_mistake(field.node == nullptr ? 0 : field.line(), field.key,
                     field.node == nullptr ? "" : field.node->text, std::move(message));
}

void ConfigurationFile::add_unhonoured(int line, const std::string& key, const std::string& message) {
  unhonoured_.push_back({.file = name_, .line = line, .message = key + ": " + message});
}

void ConfigurationFile::add_notice(int line, std::string message) {
  add_notice({.file = name_, .line = line, .message = std::move(message)});
}

void ConfigurationFile::add_notice(Notice notice) {
  notices_.push_back(std::move(notice));
}

}  // namespace exo

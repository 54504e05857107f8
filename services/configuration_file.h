// One YAML file that is being checked: gives its values as the types that are expected of them, and collects
// what is wrong instead of stopping at it.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mistake.h"
#include "base/yaml_document.h"

namespace exo {

// A text and the line that it is on.
struct PlacedText {
  std::string text;
  int line = 0;
};

// Where a value is: its node and the keys that lead to it. Does not own the node; a field without one is
// absent, and everything below it is absent too.
struct Field {
  const YamlNode* node = nullptr;
  std::string key;
  int key_line = 0;  // 0: it has no key of its own, as an item of a list

  bool is_absent() const { return node == nullptr || node->is_null(); }
  // Where a person looks for it: lists and maps begin below their keys. Not for one without a node.
  int line() const { return key_line > 0 && !node->is_scalar() ? key_line : node->line; }
};

// Not thread-safe. Reading functions return what is there, add a mistake for what cannot be read, and return
// nothing for what is absent: absence is a mistake only for those who need the value.
class ConfigurationFile {
 public:
  // `name` is what mistakes call the file.
  explicit ConfigurationFile(std::string name) : name_(std::move(name)) {}

  // Reads and parses the file at `path`. False, with a mistake or several, when it cannot be used at all.
  bool load(const std::string& path);

  const std::string& name() const { return name_; }
  Field root() const { return {&document_.root, ""}; }

  // The value under `key`, absent when `map` is not a map or has no such key.
  static Field at(const Field& map, std::string_view key);
  // The value under keys joined by dots: "development.scripts.run".
  static Field at_path(const Field& map, std::string_view path);

  // False, with a mistake unless it is absent, when the field is not a map.
  bool is_map(const Field& field);
  // A mistake for each key of a map that is not one of `known`, naming the nearest.
  void allow_keys(const Field& map, const std::vector<std::string>& known);
  // A mistake for a value that must be there, unless a misspelling of its key has been found already.
  void add_missing(int line, const Field& field, std::string message);

  std::optional<PlacedText> text(const Field& field);
  // The texts of a list, without those that are there twice (a mistake). `what` names one: "message name".
  std::vector<PlacedText> texts(const Field& field, std::string_view what);
  // The same where an item may be a map that holds more than the text: `text_of` reads the rest of it, and
  // gives the field where its text is.
  using TextOf = std::function<Field(const Field& item)>;
  std::vector<PlacedText> texts(const Field& field, std::string_view what, const TextOf& text_of);
  // Keys with their texts, as environment variables have them; an empty value is an empty text.
  std::vector<std::pair<PlacedText, std::string>> named_texts(const Field& field);

  // Gives the mistake, for whoever knows the nearest right word; good until the next is added.
  Mistake& add_mistake(int line, std::string key, std::string_view value, std::string message);
  Mistake& add_mistake(const Field& field, std::string message);
  void add_notice(int line, std::string message);
  // For what was found here and is written in another file.
  void add_notice(Notice notice);

  // A key that is accepted and has no effect; `message` says what it means to whoever relies on it.
  void add_unhonoured(int line, const std::string& key, const std::string& message);

  const std::vector<Mistake>& mistakes() const { return mistakes_; }
  const std::vector<Notice>& notices() const { return notices_; }
  const std::vector<Notice>& unhonoured() const { return unhonoured_; }

 private:
  std::string name_;
  YamlDocument document_;
  std::vector<Mistake> mistakes_;
  std::vector<Notice> notices_;
  std::vector<Notice> unhonoured_;
  std::set<std::string> misspelled_;  // the right words for keys that are wrong
};

}  // namespace exo

#include "base/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "base/text.h"

namespace exo {
namespace {

// Ends the parsing from inside a callback; caught in parse_yaml, never seen outside this file.
struct Stop {
  YamlFault fault;
};

[[noreturn]] void stop(const YAML::Mark& mark, std::string message) {
  throw Stop{{.line = mark.line + 1, .column = mark.column + 1, .key = {}, .message = std::move(message)}};
}

// What a value weighs against kMaxYamlNodes. Long text weighs more, or an alias could multiply it for
// nothing.
std::size_t weight_of_text(const std::string& text) {
  return 1 + text.size() / 32;
}

std::size_t weight_of(const YamlNode& node) {
  std::size_t weight = weight_of_text(node.text);
  for (const YamlNode& item : node.items) weight += weight_of(item);
  for (const YamlEntry& entry : node.entries) weight += weight_of_text(entry.key) + weight_of(entry.value);
  return weight;
}

std::size_t depth_of(const YamlNode& node) {
  std::size_t below = 0;
  for (const YamlNode& item : node.items) below = std::max(below, depth_of(item));
  for (const YamlEntry& entry : node.entries) below = std::max(below, depth_of(entry.value));
  return below + 1;
}

// Makes the tree out of the parser's events. Every value that is not finished is on `open_`; a finished one
// goes into the one above it, as a key, as that key's value or as an item.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlDocument& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add_weight(1, mark);
    take(make(YamlNode::Kind::kNull, mark), anchor, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (tag == "!") last_quoted_ = mark;
    YamlNode node = make(YamlNode::Kind::kScalar, mark);
    node.text = value;
    add_weight(weight_of_text(value), mark);
    take(std::move(node), anchor, mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) stop(mark, "an alias inside the value that it stands for");
    if (open_.size() + found->second.depth > kMaxYamlDepth) stop_too_deep(mark);
    add_weight(found->second.weight, mark);
    YamlNode copy = found->second.node;
    copy.line = mark.line + 1;
    copy.column = mark.column + 1;
    take(std::move(copy), 0, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kSequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

  // Where the last scalar in quotes begins; is_null() when there is none.
  const YAML::Mark& last_quoted() const { return last_quoted_; }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    bool key_waits = false;      // a key was read and its value was not
    bool key_is_double = false;  // its value is read and forgotten
    std::set<std::string> keys;  // of a map
    std::string key;
    int key_line = 1;
    int key_column = 1;
  };
  struct Anchored {
    YamlNode node;
    std::size_t weight;
    std::size_t depth;
  };

  static YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  [[noreturn]] static void stop_too_deep(const YAML::Mark& mark) {
    stop(mark, "values are nested more than " + std::to_string(kMaxYamlDepth) + " deep");
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    add_weight(1, mark);
    if (open_.size() + 1 >= kMaxYamlDepth) stop_too_deep(mark);
    if (!open_.empty() && open_.back().node.is_map() && !open_.back().key_waits)
      stop(mark, "a key must be text");
    Open opened;
    opened.node = make(kind, mark);
    opened.anchor = anchor;
    opened.mark = mark;
    open_.push_back(std::move(opened));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    take(std::move(done.node), done.anchor, done.mark);
  }

  void add_weight(std::size_t weight, const YAML::Mark& mark) {
    weight_ += weight;
    if (weight_ > kMaxYamlNodes)
      stop(mark, "there are more than " + std::to_string(kMaxYamlNodes) + " values");
  }

  void take(YamlNode node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (anchor != 0) keep_anchored(node, anchor, mark);
    if (open_.empty()) {
      document_.root = std::move(node);
    } else if (open_.back().node.is_sequence()) {
      open_.back().node.items.push_back(std::move(node));
    } else if (open_.back().key_waits) {
      take_value(open_.back(), std::move(node));
    } else {
      take_key(open_.back(), node, mark);
    }
  }

  // The copy that aliases are made from weighs as much as the value itself: anchors can be nested.
  void keep_anchored(const YamlNode& node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    const std::size_t weight = weight_of(node);
    add_weight(weight, mark);
    anchors_[anchor] = Anchored{node, weight, depth_of(node)};
  }

  void take_key(Open& map, const YamlNode& node, const YAML::Mark& mark) {
    if (!node.is_scalar()) stop(mark, "a key must be text");
    map.key_waits = true;
    map.key = node.text;
    map.key_line = node.line;
    map.key_column = node.column;
    map.key_is_double = !map.keys.insert(node.text).second;
    if (!map.key_is_double) return;
    const auto& entries = map.node.entries;
    const auto first = std::find_if(entries.begin(), entries.end(),
                                    [&node](const YamlEntry& entry) { return entry.key == node.text; });
    document_.faults.push_back({.line = node.line,
                                .column = node.column,
                                .key = node.text,
                                .message = "the key " + in_quotes(node.text, 60) +
                                           " is there twice; it was on line " + std::to_string(first->line) +
                                           " first. Leave one of the two out"});
  }

  static void take_value(Open& map, YamlNode node) {
    map.key_waits = false;
    if (map.key_is_double) return;
    if (node.is_null()) {
      node.line = map.key_line;
      node.column = map.key_column;
    }
    map.node.entries.push_back(
        YamlEntry{.key = map.key, .line = map.key_line, .column = map.key_column, .value = std::move(node)});
  }

  YamlDocument& document_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t weight_ = 0;
  YAML::Mark last_quoted_ = YAML::Mark::null_mark();
};

YamlFault fault_at_start(std::string message) {
  return {.line = 1, .column = 1, .key = {}, .message = std::move(message)};
}

// The first byte that no YAML text of ours may have: what is not UTF-8, and NUL, at which some readers stop.
std::optional<YamlFault> encoding_fault(std::string_view text) {
  int number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (is_utf8(line) && line.find('\0') == std::string_view::npos) continue;
    return YamlFault{.line = number, .column = 1, .key = {}, .message = "this line is not UTF-8 text"};
  }
  return std::nullopt;
}

// YAML knows no tabs as indentation, and the parser's own words do not say so.
std::string hint_of_tab(std::string_view text, int last_line) {
  int number = 0;
  for (const std::string_view line : split(text, '\n')) {
    if (++number > last_line) break;
    const std::size_t first = line.find_first_not_of(' ');
    if (first == std::string_view::npos || line[first] != '\t') continue;
    return "; line " + std::to_string(number) + " is indented with a tab, use spaces";
  }
  return {};
}

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// yaml-cpp takes the end of the file for the end of a text in quotes, and with it all that follows a quote
// that was forgotten. Only the last text in quotes can have swallowed the end.
void check_closed(std::string_view text, const YAML::Mark& mark) {
  if (mark.is_null()) return;
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
  const std::size_t opening = text.find_first_of("'\"", static_cast<std::size_t>(mark.pos));
  if (opening == std::string_view::npos) return;
  const char quote = text[opening];
  for (std::size_t i = opening + 1; i < text.size(); ++i) {
    const bool escaped = quote == '"' ? text[i] == '\\' : text.substr(i, 2) == "''";
    if (escaped)
      ++i;
    else if (text[i] == quote)
      return;
  }
  stop(mark, std::string("this text begins with ") + quote + " and never ends; close the quote");
}

void parse_into(YamlDocument& document, std::string_view text) {
  std::istringstream input{std::string(text)};
  TreeBuilder builder(document);
  YAML::Parser parser(input);
  if (!parser.HandleNextDocument(builder)) return;
  check_closed(text, builder.last_quoted());
  // What a second document holds is of no interest, only that there is one.
  YamlDocument ignored;
  TreeBuilder ignoring(ignored);
  if (parser.HandleNextDocument(ignoring)) {
    throw Stop{{.line = ignored.root.line,
                .column = ignored.root.column,
                .key = {},
                .message = "a second document begins here (\"---\"); a file has one"}};
  }
}

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [key](const YamlEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

YamlDocument parse_yaml(std::string_view text) {
  YamlDocument document;
  if (text.size() > kMaxYamlBytes) {
    document.faults.push_back(
        fault_at_start("the file is larger than " + std::to_string(kMaxYamlBytes) + " bytes"));
    return document;
  }
  if (auto fault = encoding_fault(text)) {
    document.faults.push_back(std::move(*fault));
    return document;
  }
  try {
    parse_into(document, text);
  } catch (const Stop& stopped) {
    document.root = YamlNode{};
    document.faults.push_back(stopped.fault);
  } catch (const YAML::Exception& error) {
    document.root = YamlNode{};
    const int line = std::max(1, error.mark.line + 1);
    document.faults.push_back({.line = line,
                               .column = std::max(1, error.mark.column + 1),
                               .key = {},
                               .message = "this is not YAML: " + error.msg + hint_of_tab(text, line)});
  }
  return document;
}

Result<YamlNode> parse_yaml_strictly(std::string_view text, std::string_view file) {
  YamlDocument document = parse_yaml(text);
  if (document.faults.empty()) return std::move(document.root);
  std::vector<std::string> lines;
  for (const YamlFault& fault : document.faults) {
    lines.push_back(std::string(file) + ":" + std::to_string(fault.line) + ":" +
                    std::to_string(fault.column) + ": " + fault.message);
  }
  return Error{"bad-yaml", join(lines, "\n")};
}

const char* describe(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "text";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  EXO_CHECK(false);
  return "";
}

std::string describe(const YamlNode& node) {
  return node.is_scalar() ? "the text " + in_quotes(node.text) : describe(node.kind);
}

}  // namespace exo

// A YAML file as a tree that remembers where everything was written, so that whoever reads it can say which
// line is wrong.
//
// Scalars are text, as written: whether "1.0" is a version or "yes" a truth is for the reader to say. Keys
// are text, in the order written. Anchors and aliases work; what they multiply counts against the limits
// below.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace exo {

struct YamlEntry;

// One value. Owns what is below it; copies are deep. Lines and columns count from 1; a null that is written
// as nothing ("key:") is where its key is.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  std::string text;                // of a scalar
  std::vector<YamlNode> items;     // of a sequence
  std::vector<YamlEntry> entries;  // of a map; no two with the same key
  int line = 1;
  int column = 1;

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_map() const { return kind == Kind::kMap; }

  // Null when this is no map or has no such key; good as long as this node is not changed.
  const YamlEntry* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  int line = 1;
  int column = 1;
  YamlNode value;
};

// What is wrong with a document as YAML.
struct YamlFault {
  int line = 0;  // from 1
  int column = 0;
  std::string key;  // of a key that is there twice; else empty
  std::string message;
};

// A document is sound when `faults` is empty. With a syntax fault, which is the last one then, `root` is
// null; with keys that are there twice, the first of each counts.
struct YamlDocument {
  YamlNode root;
  std::vector<YamlFault> faults;
};

// No file of ours comes near these; a hostile one stops at them.
inline constexpr std::size_t kMaxYamlBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kMaxYamlDepth = 50;
// Values, anchored ones counted twice and aliases as what they stand for; 32 bytes of text count as one more.
inline constexpr std::size_t kMaxYamlNodes = 200'000;

// Reads one document; pure. An empty text is a null root. A second document in the text is a fault.
YamlDocument parse_yaml(std::string_view text);

// The same for who needs no more than one sentence: the error, of code "bad-yaml", has a line for each fault,
// "file:line:column: message".
Result<YamlNode> parse_yaml_strictly(std::string_view text, std::string_view file);

// "a list", "a map", "nothing", "text": what a message calls a value of this kind.
const char* describe(YamlNode::Kind kind);
// The same with the text itself, "the text \"yes\"", where the value is one.
std::string describe(const YamlNode& node);

}  // namespace exo

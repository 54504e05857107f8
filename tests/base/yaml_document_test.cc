#include "base/yaml_document.h"

#include <gtest/gtest.h>

#include <random>

namespace exo {
namespace {

// The tree on one line, with each value's place: {a@1:4=b} [x@1:2].
std::string shown(const YamlNode& node) {
  const std::string place = "@" + std::to_string(node.line) + ":" + std::to_string(node.column);
  std::string text;
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "null" + place;
    case YamlNode::Kind::kScalar:
      return "'" + node.text + "'" + place;
    case YamlNode::Kind::kSequence:
      for (const YamlNode& item : node.items) text += (text.empty() ? "" : " ") + shown(item);
      return "[" + text + "]" + place;
    case YamlNode::Kind::kMap:
      for (const YamlEntry& entry : node.entries) {
        text += (text.empty() ? "" : " ") + entry.key + "@" + std::to_string(entry.line) + ":" +
                std::to_string(entry.column) + "=" + shown(entry.value);
      }
      return "{" + text + "}" + place;
  }
  return "";
}

std::string faults(std::string_view text) {
  std::string result;
  for (const YamlFault& fault : parse_yaml(text).faults) {
    result += std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": " + fault.message + "\n";
  }
  return result;
}

std::string tree(std::string_view text) {
  const YamlDocument document = parse_yaml(text);
  EXPECT_TRUE(document.faults.empty()) << faults(text);
  return shown(document.root);
}

TEST(YamlFaults, NameLineAndColumn) {
  EXPECT_EQ(faults("a: 1\nb: [1, 2\n"), "3:1: this is not YAML: end of sequence flow not found\n");
  EXPECT_EQ(faults("a: b: c\n"), "1:5: this is not YAML: illegal map value\n");
}

TEST(YamlFaults, ATabIsBlamedForWhatItBreaks) {
  EXPECT_EQ(faults("a:\n\tb: c\n"),
            "2:3: this is not YAML: illegal map value; line 2 is indented with a tab, use spaces\n");
}

TEST(YamlFaults, AQuoteThatIsNeverClosedIsBlamedWhereItBegins) {
  EXPECT_EQ(faults("a: 1\nb: \"two\nc: 3\n"),
            "2:4: this text begins with \" and never ends; close the quote\n");
  EXPECT_EQ(faults("é: 'it''s\n"), "1:5: this text begins with ' and never ends; close the quote\n");
  EXPECT_EQ(faults("\xef\xbb\xbf"
                   "b: \"two\n"),
            "1:4: this text begins with \" and never ends; close the quote\n");
}

TEST(YamlFaults, AQuoteThatIsClosedIsNone) {
  for (const char* text : {"a: \"x\"", "a: 'x'", "a: 'it''s'\n", "a: \"q\\\"\"\n", "a: \"b\\\\\" # \"\n",
                           "'a': b\n", "a: &x 'b'\n", "a: \"\"\n", "a: ''\n", "a: \"it's\"\n# it's \"\n"}) {
    EXPECT_EQ(faults(text), "") << text;
  }
}

TEST(YamlFaults, AKeyThatIsThereTwiceIsOneEachTime) {
  EXPECT_EQ(faults("a: 1\nb:\n  c: 1\n  c: 2\na: 3\na: 4\n"),
            "4:3: the key \"c\" is there twice; it was on line 3 first. Leave one of the two out\n"
            "5:1: the key \"a\" is there twice; it was on line 1 first. Leave one of the two out\n"
            "6:1: the key \"a\" is there twice; it was on line 1 first. Leave one of the two out\n");
}

TEST(YamlFaults, TheFirstOfTwoKeysCounts) {
  EXPECT_EQ(shown(parse_yaml("a: 1\na: {b: 2}\nc: 3\n").root), "{a@1:1='1'@1:4 c@3:1='3'@3:4}@1:1");
}

TEST(YamlFaults, AKeyThatIsNoTextIsOne) {
  EXPECT_NE(faults("? [a]\n: b\n"), "");
  EXPECT_NE(faults("? {a: b}\n: c\n"), "");
  EXPECT_NE(faults("~: b\n"), "");
}

TEST(YamlFaults, ASecondDocumentIsOne) {
  EXPECT_EQ(faults("a: b\n---\nc: d\n"), "3:1: a second document begins here (\"---\"); a file has one\n");
}

TEST(YamlFaults, TextThatIsNotUtf8IsOne) {
  EXPECT_EQ(faults("a: b\nc: \xe9\n"), "2:1: this line is not UTF-8 text\n");
  EXPECT_EQ(faults(std::string_view("a: \0", 4)), "1:1: this line is not UTF-8 text\n");
  EXPECT_EQ(faults(std::string_view("\xff\xfe"
                                    "a\0:\0",
                                    6)),
            "1:1: this line is not UTF-8 text\n");
}

TEST(YamlFaults, AnAliasOfNothingOrOfItselfIsOne) {
  EXPECT_NE(faults("a: *b\n"), "");
  EXPECT_NE(faults("a: &a [*a]\n"), "");
}

TEST(YamlFaults, NestingIsBounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(faults(nested(kMaxYamlDepth - 1)), "");
  EXPECT_NE(faults(nested(kMaxYamlDepth)), "");
  EXPECT_NE(faults(std::string(1'000'000, '[')), "");
  std::string maps;
  for (std::size_t i = 0; i < kMaxYamlDepth; ++i) maps += std::string(i, ' ') + "a:\n";
  EXPECT_NE(faults(maps), "");
}

TEST(YamlFaults, NestingByAliasesIsBounded) {
  std::string text = "a0: &a0 x\n";
  for (int i = 1; i < 60; ++i) {
    const std::string now = "a" + std::to_string(i);
    const std::string before = "a" + std::to_string(i - 1);
    text += now + ": &" + now + " [*" + before + "]\n";
  }
  EXPECT_NE(faults(text).find("nested more than 50 deep"), std::string::npos);
}

TEST(YamlFaults, WhatAliasesMultiplyIsBounded) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) text += ", " + before;
    text += "]\n";
  }
  EXPECT_NE(faults(text).find("more than 200000 values"), std::string::npos);
}

TEST(YamlFaults, LongTextsThatAliasesMultiplyAreBounded) {
  std::string text = "a: &a " + std::string(1'000'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 1000; ++i) text += ", *a";
  EXPECT_NE(faults(text + "]\n").find("more than 200000 values"), std::string::npos);
}

TEST(YamlFaults, LongKeysThatAliasesMultiplyAreBounded) {
  std::string text = "a: &a {" + std::string(1000, 'x') + ": y}\nb: [*a";
  for (int i = 0; i < 10'000; ++i) text += ", *a";
  EXPECT_NE(faults(text + "]\n").find("more than 200000 values"), std::string::npos);
}

TEST(YamlFaults, AFileBeyondTheLimitIsNotRead) {
  EXPECT_EQ(faults(std::string(kMaxYamlBytes + 1, '#')), "1:1: the file is larger than 4194304 bytes\n");
}

TEST(ParseYamlStrictly, NamesTheFileInEveryLine) {
  const auto parsed = parse_yaml_strictly("a: 1\na: 2\nb: [", "web/service.yml");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code, "bad-yaml");
  EXPECT_EQ(
      parsed.error().message,
      "web/service.yml:2:1: the key \"a\" is there twice; it was on line 1 first. Leave one of the two out\n"
      "web/service.yml:3:1: this is not YAML: end of sequence flow not found");
}

TEST(ParseYamlStrictly, GivesTheTreeOfASoundText) {
  EXPECT_EQ(shown(parse_yaml_strictly("a", "x").value()), "'a'@1:1");
}

TEST(YamlDocument, OfNothingIsNull) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n", "~", "null"}) {
    EXPECT_TRUE(parse_yaml(text).root.is_null()) << text;
    EXPECT_EQ(faults(text), "") << text;
  }
}

TEST(YamlDocument, RemembersWhereEverythingIs) {
  EXPECT_EQ(tree("name: shop\nservices:\n  web:\n    location: ./web\n"),
            "{name@1:1='shop'@1:7 services@2:1={web@3:3={location@4:5='./web'@4:15}@4:5}@3:3}@1:1");
  EXPECT_EQ(tree("- a\n- [b, c]\n"), "['a'@1:3 ['b'@2:4 'c'@2:7]@2:3]@1:1");
}

TEST(YamlDocument, AValueThatIsNotWrittenIsWhereItsKeyIs) {
  EXPECT_EQ(tree("a:\nb: ~\n"), "{a@1:1=null@1:1 b@2:1=null@2:1}@1:1");
}

TEST(YamlDocument, KeepsTextAsWritten) {
  EXPECT_EQ(tree("[1.0, yes, 0755, 'null', \"a\\tb\"]"),
            "['1.0'@1:2 'yes'@1:7 '0755'@1:12 'null'@1:18 'a\tb'@1:26]@1:1");
}

TEST(YamlDocument, AnAliasIsWhereItIsUsed) {
  EXPECT_EQ(tree("a: &x {b: c}\nd: *x\n"), "{a@1:1={b@1:8='c'@1:11}@1:4 d@2:1={b@1:8='c'@1:11}@2:4}@1:1");
}

TEST(YamlDocument, FindsKeysOfMapsOnly) {
  const YamlDocument document = parse_yaml("a: 1\nb: [a]\n");
  EXPECT_EQ(document.root.find("c"), nullptr);
  ASSERT_NE(document.root.find("b"), nullptr);
  EXPECT_EQ(document.root.find("b")->value.find("a"), nullptr);
  EXPECT_EQ(document.root.find("b")->line, 2);
}

TEST(YamlDocument, KindsHaveNamesForPeople) {
  EXPECT_STREQ(describe(YamlNode::Kind::kNull), "nothing");
  EXPECT_STREQ(describe(YamlNode::Kind::kScalar), "text");
  EXPECT_STREQ(describe(YamlNode::Kind::kSequence), "a list");
  EXPECT_STREQ(describe(YamlNode::Kind::kMap), "a map");
}

void expect_sound(const YamlNode& node, int lines) {
  ASSERT_GE(node.line, 1);
  ASSERT_LE(node.line, lines + 1);
  for (const YamlNode& item : node.items) expect_sound(item, lines);
  for (const YamlEntry& entry : node.entries) {
    ASSERT_EQ(node.find(entry.key), &entry) << "two entries of one key";
    expect_sound(entry.value, lines);
  }
}

// Whatever the bytes are, they are read or faulted, and every place lies in the text.
TEST(YamlDocument, SurvivesEveryMutationOfASoundOne) {
  const std::string sound =
      "name: shop\nlist:\n  - a: &x {b: 'c', d: \"e\\n\"}\n  - *x\n  - |\n    block\n  - >-\n    folded\n"
      "? key\n: value\n# comment\n!tag z: !!str y\n...\n";
  const std::string alphabet = " \n\r\t:-[]{}\"'#&*!|>?,%@`\\ax0.\xc3\xa9\xff";
  std::mt19937 random(20261120);
  int read = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string text = sound;
    for (auto edits = random() % 4 + 1; edits > 0; --edits) {
      text.replace(random() % text.size(), random() % 5, random() % 3, alphabet[random() % alphabet.size()]);
    }
    const YamlDocument document = parse_yaml(text);
    const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n') +
                                       std::count(text.begin(), text.end(), '\r'));
    for (const YamlFault& fault : document.faults) {
      ASSERT_FALSE(fault.message.empty()) << text;
      ASSERT_GE(fault.line, 1) << text;
      ASSERT_LE(fault.line, lines + 2) << text;
    }
    expect_sound(document.root, lines + 1);
    read += document.faults.empty() ? 1 : 0;
  }
  EXPECT_GT(read, 250);
}

}  // namespace
}  // namespace exo

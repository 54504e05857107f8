#include "tests/wire/protocol_page.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace exo {

namespace {

// "81 a4  # comment" → two bytes.
std::string bytes_of_line(const std::string& line) {
  std::istringstream words(line.substr(0, line.find('#')));
  std::string bytes;
  for (std::string word; words >> word;) {
    std::size_t used = 0;
    const int value = std::stoi(word, &used, 16);
    if (used != 2 || word.size() != 2) throw std::runtime_error("docs/protocol.md: not a byte: " + word);
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

std::vector<ProtocolExample> read_page() {
  std::ifstream page(EXO_PROTOCOL_PAGE);
  if (!page) throw std::runtime_error(std::string("cannot read ") + EXO_PROTOCOL_PAGE);
  std::vector<ProtocolExample> examples;
  bool in_section = false;
  bool in_block = false;
  std::string* frame = nullptr;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("## ", 0) == 0) in_section = line == "## Byte by byte";
    if (!in_section) continue;
    if (line.rfind("### ", 0) == 0) examples.push_back({line.substr(4), "", ""});
    if (line.rfind("```", 0) == 0) {
      in_block = line == "```hex";
    } else if (in_block && line == "header") {
      frame = &examples.back().header;
    } else if (in_block && line == "payload") {
      frame = &examples.back().payload;
    } else if (in_block) {
      frame->append(bytes_of_line(line));
    }
  }
  return examples;
}

}  // namespace

const std::vector<ProtocolExample>& protocol_examples() {
  static const std::vector<ProtocolExample> kExamples = read_page();
  return kExamples;
}

const ProtocolExample& protocol_example(std::string_view title) {
  for (const auto& example : protocol_examples()) {
    if (example.title == title) return example;
  }
  throw std::runtime_error("docs/protocol.md has no example " + std::string(title));
}

}  // namespace exo

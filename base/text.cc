#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace exo {
namespace {

// The length of the UTF-8 character at the front of `text`; 0 when there is none that is whole and legal.
std::size_t utf8_character_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : 4;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool beyond_unicode = first == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond_unicode ? 0 : length;
}

bool is_control_character(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string escaped_byte(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<std::uint8_t>(c);
  return std::string("\\x") + kDigits[byte >> 4] + kDigits[byte & 0xf];
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  const std::size_t last = text.find_last_not_of(kSpaces);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

std::string join_for_people(const std::vector<std::string>& parts, std::string_view last_separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? last_separator : ", ";
    text += parts[i];
  }
  return text;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control_character);
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_character_length(text);
    const bool plain = length > 0 && !is_control_character(text[0]);
    const std::string piece = plain ? std::string(text.substr(0, length)) : escaped_byte(text[0]);
    if (result.size() + piece.size() > max_bytes) return result + "…";
    result += piece;
    text.remove_prefix(plain ? length : 1);
  }
  return result;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(std::max<std::size_t>(1, utf8_character_length(text)));
  return count;
}

std::string cut_to(std::string_view text, std::size_t characters) {
  if (characters == 0) return {};
  if (count_characters(text) <= characters) return std::string(text);
  std::string_view rest = text;
  for (std::size_t kept = 0; kept + 1 < characters; ++kept)
    rest.remove_prefix(std::max<std::size_t>(1, utf8_character_length(rest)));
  return std::string(text.substr(0, text.size() - rest.size())) + "…";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  if (count_characters(text) <= width || width == 0) return {std::string(text)};
  const std::size_t spaces = std::min(text.find_first_not_of(' '), text.size());
  std::vector<std::string> lines{std::string(spaces, ' ')};
  bool begins = true;  // the line has no word yet
  for (const std::string_view word : split(text.substr(spaces), ' ')) {
    const std::size_t length = count_characters(lines.back()) + (begins ? 0 : 1) + count_characters(word);
    if (!begins && length > width) {
      lines.emplace_back(spaces + 2, ' ');
      begins = true;
    }
    lines.back().append(begins ? "" : " ").append(word);
    begins = false;
  }
  return lines;
}

std::string in_quotes(std::string_view text, std::size_t max_bytes) {
  return "\"" + printable(text, max_bytes) + "\"";
}

}  // namespace exo

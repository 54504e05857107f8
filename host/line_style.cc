#include "host/line_style.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace exo {
namespace {

constexpr std::array<const char*, 6> kRoleColors = {"\x1b[36m", "\x1b[33m", "\x1b[32m",
                                                    "\x1b[35m", "\x1b[34m", "\x1b[96m"};
constexpr const char* kBold = "\x1b[1m";
constexpr const char* kRed = "\x1b[31m";
constexpr const char* kReset = "\x1b[0m";

// The length of the colour sequence at the start of `text`, 0 when there is none.
std::size_t color_sequence_length(std::string_view text) {
  if (text.size() < 3 || text[0] != '\x1b' || text[1] != '[') return 0;
  std::size_t end = 2;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == ';')) ++end;
  return end < text.size() && text[end] == 'm' ? end + 1 : 0;
}

std::string escaped(char character) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\x%02x",
                static_cast<unsigned>(static_cast<unsigned char>(character)));
  return text.data();
}

}  // namespace

ColorMode color_mode_of(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return ColorMode::kPlain;
  const char* term = std::getenv("TERM");
  if (term != nullptr && std::string_view(term) == "dumb") return ColorMode::kPlain;
  return ::isatty(fd) == 1 ? ColorMode::kColored : ColorMode::kPlain;
}

std::string to_printable(std::string_view text, ColorMode mode) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t color = color_sequence_length(text);
    if (color > 0) {
      if (mode == ColorMode::kColored) result += text.substr(0, color);
      text.remove_prefix(color);
      continue;
    }
    const char character = text.front();
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte != 0x7f) {
      result += character;
    } else if (character == '\t') {
      result += '\t';
    } else {
      result += escaped(character);
    }
    text.remove_prefix(1);
  }
  return result;
}

void LineStyle::reserve_column(std::size_t width) {
  if (width > column_) column_ = width;
}

std::string LineStyle::said(std::string_view text) const {
  const std::string line = "exo: " + std::string(text);
  return mode_ == ColorMode::kColored ? kBold + line + kReset : line;
}

std::string LineStyle::warned(std::string_view text) const {
  const std::string line = "exo: " + std::string(text);
  return mode_ == ColorMode::kColored ? std::string(kBold) + kRed + line + kReset : line;
}

std::string LineStyle::output(const std::string& role, std::string_view text) {
  std::string prefix = role;
  if (prefix.size() < column_) prefix.append(column_ - prefix.size(), ' ');
  prefix += " | ";
  if (mode_ == ColorMode::kPlain) return prefix + std::string(text);
  return color_of(role) + prefix + kReset + std::string(text) + kReset;
}

const char* LineStyle::color_of(const std::string& role) {
  const auto found = colors_.emplace(role, colors_.size()).first;
  return kRoleColors[found->second % kRoleColors.size()];
}

}  // namespace exo

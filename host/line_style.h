// How a line looks to people: a process's behind its role, and exo's own.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace exo {

enum class ColorMode { kPlain, kColored };

// Coloured exactly when `fd` is a terminal, NO_COLOR is unset or empty, and TERM is not "dumb".
ColorMode color_mode_of(int fd);

// The text with control characters (but tab) as \xNN, so that a service cannot move the reader's cursor.
// Colour sequences (ESC [ … m) stay where `mode` is coloured and are taken out otherwise.
std::string to_printable(std::string_view text, ColorMode mode);

// Gives each role a colour of its own, in the order of their first lines. The texts are shown as they are;
// to_printable() is for whoever shows them on a terminal. Not thread-safe.
class LineStyle {
 public:
  explicit LineStyle(ColorMode mode) : mode_(mode) {}

  ColorMode mode() const { return mode_; }
  // Makes room for a name of this length in the column of roles.
  void reserve_column(std::size_t width);

  // "exo: <text>"
  std::string said(std::string_view text) const;
  // The same in the colour of a failure.
  std::string warned(std::string_view text) const;
  // "<role> | <text>"
  std::string output(const std::string& role, std::string_view text);

 private:
  const char* color_of(const std::string& role);

  ColorMode mode_;
  std::size_t column_ = 3;
  std::map<std::string, std::size_t> colors_;
};

}  // namespace exo

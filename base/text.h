// Small questions about text that every reader of files and command lines has. All are pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace exo {

// Splits at every separator, so that n separators give n + 1 parts, empty ones included. The parts point into
// `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

// Without the spaces, tabs and line ends at both ends.
std::string_view trim(std::string_view text);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

// "web", "web and todo", "web, todo and users": a list in a sentence.
std::string join_for_people(const std::vector<std::string>& parts, std::string_view last_separator = " and ");

// True when `text` is whole, shortest-form UTF-8 without surrogates.
bool is_utf8(std::string_view text);

// True when `text` holds a byte below 0x20 or 0x7f: what must not get into a log line or a terminal.
bool has_control_characters(std::string_view text);

// `text` fit for one line of a terminal: control characters and what is not UTF-8 become \xNN, and what is
// longer than `max_bytes` ends in "…".
std::string printable(std::string_view text, std::size_t max_bytes = 120);

// The characters of UTF-8 text, as code points: what a column of a table is counted in. A byte that is part
// of none counts as one.
std::size_t count_characters(std::string_view text);

// At most so many characters of `text`, the last of them "…" where something was left out.
std::string cut_to(std::string_view text, std::size_t characters);

// The lines of `text` in a column of `width` characters, broken at spaces; what has none is longer. Those
// after the first begin below the first word of the text. At least one line; width 0 breaks nothing.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

// printable() in double quotes.
std::string in_quotes(std::string_view text, std::size_t max_bytes = 120);

}  // namespace exo

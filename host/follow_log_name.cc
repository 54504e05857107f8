#include "host/follow_log_name.h"

#include <charconv>

namespace exo {
namespace {

constexpr std::string_view kSuffix = ".follow";
constexpr std::string_view kUnfinished = ".new";

bool take_end(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

// The ".17" at the end of the text.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(dot + 1);
  std::uint64_t number = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number);
  if (digits.empty() || error != std::errc{} || end != last) return std::nullopt;
  text.remove_suffix(text.size() - dot);
  return number;
}

}  // namespace

std::string to_file_name(const ParsedFollowLogName& parsed) {
  std::string text = parsed.name.run;
  if (parsed.name.epoch != 0) {
    text += "." + std::to_string(parsed.name.follow) + "." + std::to_string(parsed.name.epoch);
  }
  text += kSuffix;
  if (!parsed.is_finished) text += kUnfinished;
  return text;
}

// A run ends with "-<phase>-<generation>", so that no number of its own is behind a dot alone.
std::optional<ParsedFollowLogName> parse_follow_log_name(std::string_view file_name) {
  ParsedFollowLogName parsed;
  parsed.is_finished = !take_end(file_name, kUnfinished);
  if (!take_end(file_name, kSuffix) || file_name.empty()) return std::nullopt;
  std::string_view run = file_name;
  const auto epoch = take_number(run);
  const auto follow = epoch ? take_number(run) : std::nullopt;
  if (epoch && follow && !run.empty()) {
    parsed.name = {.run = std::string(run), .follow = *follow, .epoch = *epoch};
  } else {
    parsed.name.run = file_name;
  }
  return parsed;
}

}  // namespace exo

#include "base/semantic_version.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "base/text.h"

namespace exo {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_identifier_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

Error bad_version(std::string_view text, const std::string& why) {
  return Error{"bad-version", "\"" + std::string(text) + "\" is not a version: " + why};
}

// What a relay in JavaScript can still count exactly.
constexpr std::uint64_t kMaxNumber = (std::uint64_t{1} << 53) - 1;

// Empty when the text is not a number that a version may have.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (!is_number(text) || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > kMaxNumber) return std::nullopt;
  return number;
}

// What is wrong with the identifiers of a pre-release or build text; empty when nothing is.
std::string fault_of_identifiers(std::string_view text, std::string_view what) {
  for (const std::string_view identifier : split(text, '.')) {
    if (identifier.empty()) return std::string(what) + " has an empty part";
    if (!std::all_of(identifier.begin(), identifier.end(), is_identifier_character)) {
      return std::string(what) + " may hold letters, digits, \"-\" and \".\" only";
    }
    if (what == "the pre-release" && is_number(identifier) && identifier.size() > 1 && identifier[0] == '0') {
      return "the number \"" + std::string(identifier) + "\" in the pre-release begins with 0";
    }
  }
  return {};
}

// The version that a near miss probably means ("v1.2" means 1.2.0); empty when there is none.
std::string version_meant(std::string_view text) {
  if (!text.empty() && (text.front() == 'v' || text.front() == 'V')) text.remove_prefix(1);
  const std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() > 3) return {};
  std::string meant;
  for (std::size_t i = 0; i < 3; ++i) {
    std::string_view part = i < parts.size() ? parts[i] : "0";
    while (part.size() > 1 && part.front() == '0') part.remove_prefix(1);
    if (!parse_number(part)) return {};
    meant += (i == 0 ? "" : ".") + std::string(part);
  }
  return meant;
}

std::string three_numbers_expected(std::string_view text) {
  const std::string meant = version_meant(text);
  const std::string why = "it must be three numbers without leading zeros, as in 1.0.0";
  return meant.empty() ? why : why + "; did you mean " + meant + "?";
}

std::strong_ordering compare_identifiers(std::string_view left, std::string_view right) {
  const bool left_is_number = is_number(left);
  const bool right_is_number = is_number(right);
  if (left_is_number != right_is_number) {
    return left_is_number ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  // Without leading zeros the longer number is the larger one, however long it is.
  if (left_is_number && left.size() != right.size()) return left.size() <=> right.size();
  return left.compare(right) <=> 0;
}

std::strong_ordering compare_prereleases(const std::vector<std::string>& left,
                                         const std::vector<std::string>& right) {
  if (left.empty() != right.empty()) {
    return left.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  }
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    const auto order = compare_identifiers(left[i], right[i]);
    if (order != std::strong_ordering::equal) return order;
  }
  return left.size() <=> right.size();
}

bool same_numbers(const SemanticVersion& left, const SemanticVersion& right) {
  return std::tie(left.major, left.minor, left.patch) == std::tie(right.major, right.minor, right.patch);
}

SemanticVersion release(std::uint64_t major, std::uint64_t minor, std::uint64_t patch) {
  return SemanticVersion{.major = major, .minor = minor, .patch = patch, .prerelease = {}, .build = {}};
}

// The first version that is no longer in a range that ends before a release: 2.0.0-0 comes before all
// of 2.0.0.
SemanticVersion before_any(std::uint64_t major, std::uint64_t minor, std::uint64_t patch) {
  SemanticVersion bound = release(major, minor, patch);
  bound.prerelease = {"0"};
  return bound;
}

Error bad_range(std::string_view part, const std::string& why) {
  return Error{"bad-range", "\"" + std::string(part) + "\" is not a range of versions: " + why};
}

bool is_wildcard(std::string_view text) {
  return text == "x" || text == "X" || text == "*";
}

}  // namespace

std::strong_ordering SemanticVersion::operator<=>(const SemanticVersion& other) const {
  const auto order = compare_precedence(*this, other);
  return order != std::strong_ordering::equal ? order : build.compare(other.build) <=> 0;
}

Result<SemanticVersion> parse_semantic_version(std::string_view text) {
  if (text.size() > kMaxVersionLength) {
    return bad_version(text.substr(0, 20),
                       "it is longer than " + std::to_string(kMaxVersionLength) + " bytes");
  }
  SemanticVersion version;
  std::string_view rest = text;
  const std::size_t plus = rest.find('+');
  if (plus != std::string_view::npos) {
    version.build = rest.substr(plus + 1);
    rest = rest.substr(0, plus);
    const std::string fault = fault_of_identifiers(version.build, "the build");
    if (!fault.empty()) return bad_version(text, fault);
  }
  const std::size_t minus = rest.find('-');
  if (minus != std::string_view::npos) {
    const std::string_view prerelease = rest.substr(minus + 1);
    rest = rest.substr(0, minus);
    const std::string fault = fault_of_identifiers(prerelease, "the pre-release");
    if (!fault.empty()) return bad_version(text, fault);
    for (const std::string_view part : split(prerelease, '.')) version.prerelease.emplace_back(part);
  }
  const std::vector<std::string_view> numbers = split(rest, '.');
  if (numbers.size() != 3) return bad_version(text, three_numbers_expected(text));
  const std::array<std::uint64_t*, 3> places{&version.major, &version.minor, &version.patch};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = parse_number(numbers[i]);
    if (!number) return bad_version(text, three_numbers_expected(text));
    *places[i] = *number;
  }
  return version;
}

std::string to_string(const SemanticVersion& version) {
  std::string text = std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
                     std::to_string(version.patch);
  char separator = '-';
  for (const std::string& identifier : version.prerelease) {
    text += separator + identifier;
    separator = '.';
  }
  if (!version.build.empty()) text += "+" + version.build;
  return text;
}

std::strong_ordering compare_precedence(const SemanticVersion& left, const SemanticVersion& right) {
  if (left.major != right.major) return left.major <=> right.major;
  if (left.minor != right.minor) return left.minor <=> right.minor;
  if (left.patch != right.patch) return left.patch <=> right.patch;
  return compare_prereleases(left.prerelease, right.prerelease);
}

// A version of which numbers may be missing from the right: "1.x" has a major number only.
struct VersionRange::Partial {
  std::vector<std::uint64_t> numbers;
  SemanticVersion version;  // the missing numbers are 0
};

Result<VersionRange::Partial> VersionRange::parse_partial(std::string_view text) {
  Partial partial;
  const auto whole = parse_semantic_version(text);
  if (whole.ok()) {
    partial.version = whole.value();
    partial.numbers = {partial.version.major, partial.version.minor, partial.version.patch};
    return partial;
  }
  const std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() > 3) return bad_range(text, "a version has three numbers");
  bool open = false;
  for (const std::string_view part : parts) {
    open = open || is_wildcard(part);
    const auto number = parse_number(part);
    if (!number && !is_wildcard(part)) {
      return bad_range(
          text, "expected a version (1.2.3), or a part of one (1.x), after ^, ~, >=, >, <=, <, = or alone");
    }
    if (!open) partial.numbers.push_back(*number);
  }
  auto numbers = partial.numbers;
  numbers.resize(3, 0);
  partial.version = release(numbers[0], numbers[1], numbers[2]);
  return partial;
}

void VersionRange::add_comparators(std::string_view sign, const Partial& partial, Alternative& into) {
  const std::size_t known = partial.numbers.size();
  const SemanticVersion& low = partial.version;
  // What ends the partial version's own span: 1.x ends before 2.0.0, 1.2.x before 1.3.0.
  const SemanticVersion after = known < 2    ? before_any(low.major + 1, 0, 0)
                                : known == 2 ? before_any(low.major, low.minor + 1, 0)
                                             : before_any(low.major, low.minor, low.patch + 1);
  const auto add = [&into](Relation relation, const SemanticVersion& bound) {
    into.push_back({relation, bound});
  };
  if (known == 0) {
    // "*" allows all, and there is nothing above or below all.
    if (sign == ">" || sign == "<") add(Relation::kLess, before_any(0, 0, 0));
  } else if (sign == ">=") {
    add(Relation::kGreaterOrEqual, low);
  } else if (sign == "<") {
    add(Relation::kLess, known == 3 ? low : before_any(low.major, low.minor, low.patch));
  } else if (sign == ">") {
    if (known == 3)
      add(Relation::kGreater, low);
    else
      add(Relation::kGreaterOrEqual, release(after.major, after.minor, after.patch));
  } else if (sign == "<=") {
    if (known == 3)
      add(Relation::kLessOrEqual, low);
    else
      add(Relation::kLess, after);
  } else if (sign == "^") {
    add(Relation::kGreaterOrEqual, low);
    if (low.major > 0 || known == 1)
      add(Relation::kLess, before_any(low.major + 1, 0, 0));
    else if (low.minor > 0 || known == 2)
      add(Relation::kLess, before_any(0, low.minor + 1, 0));
    else
      add(Relation::kLess, before_any(0, 0, low.patch + 1));
  } else if (sign == "~") {
    add(Relation::kGreaterOrEqual, low);
    add(Relation::kLess,
        known == 1 ? before_any(low.major + 1, 0, 0) : before_any(low.major, low.minor + 1, 0));
  } else if (known == 3) {
    add(Relation::kEqual, low);
  } else {
    add(Relation::kGreaterOrEqual, low);
    add(Relation::kLess, after);
  }
}

Result<VersionRange::Alternative> VersionRange::parse_alternative(std::string_view text) {
  Alternative alternative;
  const std::string_view whole = text;
  const auto skip_spaces = [&text] {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  };
  skip_spaces();
  if (text.empty()) return bad_range(whole, "it says nothing; \"*\" allows every version");
  while (!text.empty()) {
    std::string_view sign;
    for (const std::string_view candidate : {">=", "<=", ">", "<", "=", "^", "~"}) {
      if (text.substr(0, candidate.size()) != candidate) continue;
      sign = candidate;
      break;
    }
    text.remove_prefix(sign.size());
    skip_spaces();
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    if (word == "-") return bad_range(whole, "write \">=1.0.0 <=2.0.0\" for a span");
    auto partial = parse_partial(word);
    if (!partial.ok()) return partial.error();
    add_comparators(sign, partial.value(), alternative);
    text.remove_prefix(word.size());
    skip_spaces();
  }
  return alternative;
}

Result<VersionRange> VersionRange::parse(std::string_view text) {
  if (text.size() > kMaxVersionLength) {
    return bad_range(text.substr(0, 20), "it is longer than " + std::to_string(kMaxVersionLength) + " bytes");
  }
  VersionRange range;
  range.text_ = text;
  for (std::string_view rest = text;;) {
    const std::size_t end = rest.find("||");
    auto alternative = parse_alternative(rest.substr(0, end));
    if (!alternative.ok()) return alternative.error();
    range.alternatives_.push_back(std::move(alternative).value());
    if (end == std::string_view::npos) return range;
    rest.remove_prefix(end + 2);
  }
}

bool VersionRange::holds(const Comparator& comparator, const SemanticVersion& version) {
  const auto order = compare_precedence(version, comparator.bound);
  switch (comparator.relation) {
    case Relation::kLess:
      return order < 0;
    case Relation::kLessOrEqual:
      return order <= 0;
    case Relation::kEqual:
      return order == 0;
    case Relation::kGreaterOrEqual:
      return order >= 0;
    case Relation::kGreater:
      return order > 0;
  }
  EXO_CHECK(false);
  return false;
}

bool VersionRange::contains(const SemanticVersion& version) const {
  const auto allows = [&version](const Alternative& alternative) {
    const auto holds_here = [&version](const Comparator& comparator) { return holds(comparator, version); };
    if (!std::all_of(alternative.begin(), alternative.end(), holds_here)) return false;
    if (version.prerelease.empty()) return true;
    return std::any_of(alternative.begin(), alternative.end(), [&version](const Comparator& comparator) {
      return !comparator.bound.prerelease.empty() && same_numbers(comparator.bound, version);
    });
  };
  return std::any_of(alternatives_.begin(), alternatives_.end(), allows);
}

}  // namespace exo

// Versions of services, as https://semver.org/spec/v2.0.0.html has them, and the ranges that pin them.
//
// A version is MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD]. A range is one or more alternatives joined by "||",
// each a list of comparators that must all hold: an exact version, "=", ">", ">=", "<", "<=", "^1.2.3"
// (compatible: the leftmost number that is not zero stays), "~1.2.3" (the minor number stays), and partial
// versions, in which a missing number or "x", "X", "*" stands for any ("1.x", "1.2", "*").
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace exo {

// A value; any thread may use its own copy. `==` and `<=>` order versions totally: by precedence, and
// versions of the same precedence by their build text, so that they can be keys of a map.
struct SemanticVersion {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::vector<std::string> prerelease;  // the identifiers between "-" and "+"; empty: a release
  std::string build;                    // what follows "+", without it; says nothing about precedence

  bool operator==(const SemanticVersion&) const = default;
  std::strong_ordering operator<=>(const SemanticVersion& other) const;
};

// The longest version or range that is read; a role and a version together name files, of at most 255 bytes.
inline constexpr std::size_t kMaxVersionLength = 100;

// Strict: "1.0", "v1.0.0", "01.0.0" are errors with code "bad-version" whose message says what is wrong, and
// names the version that was probably meant where there is one.
Result<SemanticVersion> parse_semantic_version(std::string_view text);

std::string to_string(const SemanticVersion& version);

// Semver's section 11: build text does not count, so "equal" does not mean `==`.
std::strong_ordering compare_precedence(const SemanticVersion& left, const SemanticVersion& right);

// A set of versions, as a caller pins them. A value; immutable.
class VersionRange {
 public:
  // Errors have the code "bad-range" and name the part that could not be read.
  static Result<VersionRange> parse(std::string_view text);

  // Build text is ignored. A pre-release is contained only when one comparator of the same alternative names
  // a pre-release of the same MAJOR.MINOR.PATCH: who pins "^1.0.0" has not asked for 1.1.0-beta.
  bool contains(const SemanticVersion& version) const;

  // As it was written.
  const std::string& text() const { return text_; }

 private:
  enum class Relation { kLess, kLessOrEqual, kEqual, kGreaterOrEqual, kGreater };
  struct Comparator {
    Relation relation;
    SemanticVersion bound;
  };
  using Alternative = std::vector<Comparator>;  // empty: every release
  struct Partial;

  VersionRange() = default;
  static bool holds(const Comparator& comparator, const SemanticVersion& version);
  static Result<Partial> parse_partial(std::string_view text);
  static Result<Alternative> parse_alternative(std::string_view text);
  static void add_comparators(std::string_view sign, const Partial& partial, Alternative& into);

  std::string text_;
  std::vector<Alternative> alternatives_;
};

}  // namespace exo

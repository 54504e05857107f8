#include "base/semantic_version.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace exo {
namespace {

SemanticVersion version(std::string_view text) {
  const auto parsed = parse_semantic_version(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << (parsed.ok() ? "" : parsed.error().message);
  return parsed.ok() ? parsed.value() : SemanticVersion{};
}

bool contains(std::string_view range, std::string_view text) {
  const auto parsed = VersionRange::parse(range);
  EXPECT_TRUE(parsed.ok()) << range << ": " << (parsed.ok() ? "" : parsed.error().message);
  return parsed.ok() && parsed.value().contains(version(text));
}

class IllegalVersion : public testing::TestWithParam<const char*> {};

TEST_P(IllegalVersion, IsRefused) {
  const auto parsed = parse_semantic_version(GetParam());
  ASSERT_FALSE(parsed.ok()) << GetParam() << " was read as " << to_string(parsed.value());
  EXPECT_EQ(parsed.error().code, "bad-version");
}

// The list of https://semver.org, and what this reader bounds besides.
INSTANTIATE_TEST_SUITE_P(
    SemanticVersion, IllegalVersion,
    testing::Values("", " ", "1", "1.2", "1.2.3-0123", "1.2.3-0123.0123", "1.1.2+.123", "+invalid",
                    "-invalid", "-invalid+invalid", "-invalid.01", "alpha", "alpha.beta", "alpha.beta.1",
                    "alpha.1", "alpha+beta", "alpha_beta", "alpha.", "alpha..", "beta", "1.0.0-alpha_beta",
                    "-alpha.", "1.0.0-alpha..", "1.0.0-alpha..1", "1.0.0-alpha...1", "01.1.1", "1.01.1",
                    "1.1.01", "1.2.3.DEV", "1.2-SNAPSHOT", "1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788",
                    "1.2-RC-SNAPSHOT", "-1.0.3-gamma+b7718", "+justmeta", "9.8.7+meta+meta",
                    "9.8.7-whatever+meta+meta", "v1.0.0", " 1.0.0", "1.0.0 ", "1.0.0-", "1.0.0+", "1..0",
                    "1.0.", ".1.0", "+1.0.0", "1.0.-1", "0x1.0.0", "1.0.0\n", "9007199254740992.0.0",
                    "99999999999999999999999.999999999999999999.99999999999999999"));

TEST(SemanticVersion, LongerThanItsLimitIsRefused) {
  const std::string text = "1.0.0-" + std::string(kMaxVersionLength, 'a');
  EXPECT_FALSE(parse_semantic_version(text).ok());
  EXPECT_TRUE(parse_semantic_version(text.substr(0, kMaxVersionLength)).ok());
}

TEST(SemanticVersion, AByteOfZeroIsRefused) {
  EXPECT_FALSE(parse_semantic_version(std::string_view("1.0.0\0", 6)).ok());
}

TEST(SemanticVersion, ARefusalNamesTheVersionThatWasProbablyMeant) {
  EXPECT_EQ(parse_semantic_version("v1.2").error().message,
            "\"v1.2\" is not a version: it must be three numbers without leading zeros, as in 1.0.0; "
            "did you mean 1.2.0?");
  EXPECT_EQ(parse_semantic_version("0.01.0").error().message,
            "\"0.01.0\" is not a version: it must be three numbers without leading zeros, as in 1.0.0; "
            "did you mean 0.1.0?");
  EXPECT_EQ(parse_semantic_version("latest").error().message,
            "\"latest\" is not a version: it must be three numbers without leading zeros, as in 1.0.0");
}

class LegalVersion : public testing::TestWithParam<const char*> {};

TEST_P(LegalVersion, IsWrittenAsItWasRead) {
  EXPECT_EQ(to_string(version(GetParam())), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    SemanticVersion, LegalVersion,
    testing::Values("0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.1.2+meta", "1.1.2+meta-valid",
                    "1.0.0-alpha", "1.0.0-beta", "1.0.0-alpha.beta", "1.0.0-alpha.beta.1", "1.0.0-alpha.1",
                    "1.0.0-alpha0.valid", "1.0.0-alpha.0valid",
                    "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay", "1.0.0-rc.1+build.1",
                    "2.0.0-rc.1+build.123", "1.2.3-beta", "10.2.3-DEV-SNAPSHOT", "1.2.3-SNAPSHOT-123",
                    "1.0.0", "2.0.0", "1.1.7", "2.0.0+build.1848", "2.0.1-alpha.1227", "1.0.0-alpha+beta",
                    "1.2.3----RC-SNAPSHOT.12.9.1--.12+788", "1.2.3----R-S.12.9.1--.12+meta",
                    "1.2.3----RC-SNAPSHOT.12.9.1--.12", "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
                    "9007199254740991.0.0", "1.0.0-0A.is.legal", "0.0.0-0"));

TEST(SemanticVersion, APrereleaseAndABuildAreKeptApart) {
  const SemanticVersion read = version("1.2.3-rc.1+linux.7");
  EXPECT_EQ(read.prerelease, (std::vector<std::string>{"rc", "1"}));
  EXPECT_EQ(read.build, "linux.7");
}

TEST(SemanticVersion, PrecedenceIsThatOfTheSpecification) {
  const std::vector<std::string> ascending{
      "0.0.1",      "0.0.2-rc",     "0.0.2",         "0.1.0",         "1.0.0-1",
      "1.0.0-2",    "1.0.0-10",     "1.0.0-alpha",   "1.0.0-alpha.1", "1.0.0-alpha.beta",
      "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",    "1.0.0",
      "2.0.0",      "2.1.0",        "2.1.1",         "10.0.0"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(compare_precedence(version(ascending[i]), version(ascending[j])), i <=> j)
          << ascending[i] << " and " << ascending[j];
    }
  }
}

TEST(SemanticVersion, NumbersInAPrereleaseCompareHoweverLongTheyAre) {
  EXPECT_LT(version("1.0.0-99999999999999999999999998"), version("1.0.0-99999999999999999999999999"));
  EXPECT_LT(version("1.0.0-9"), version("1.0.0-10000000000000000000000000"));
}

TEST(SemanticVersion, ABuildSaysNothingAboutPrecedence) {
  EXPECT_EQ(compare_precedence(version("1.0.0+a"), version("1.0.0+b")), std::strong_ordering::equal);
  EXPECT_NE(version("1.0.0+a"), version("1.0.0+b"));
  EXPECT_LT(version("1.0.0+a"), version("1.0.0+b"));
}

TEST(SemanticVersion, SortingIsTheSameFromEveryShuffle) {
  std::vector<SemanticVersion> sorted;
  for (const char* text : {"0.9.0", "1.0.0-a", "1.0.0-a.1", "1.0.0", "1.0.0+x", "1.0.0+y", "1.0.1"}) {
    sorted.push_back(version(text));
  }
  std::mt19937 random(7);
  for (int round = 0; round < 100; ++round) {
    auto shuffled = sorted;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    std::sort(shuffled.begin(), shuffled.end());
    ASSERT_EQ(shuffled, sorted) << "round " << round;
  }
}

class IllegalRange : public testing::TestWithParam<const char*> {};

TEST_P(IllegalRange, IsRefused) {
  const auto parsed = VersionRange::parse(GetParam());
  ASSERT_FALSE(parsed.ok()) << GetParam();
  EXPECT_EQ(parsed.error().code, "bad-range");
}

INSTANTIATE_TEST_SUITE_P(VersionRange, IllegalRange,
                         testing::Values("", " ", "latest", "^", ">=", "1.2.3 ||", "|| 1.2.3",
                                         "1.0.0 - 2.0.0", "!1.0.0", "1.2.3.4", "1.x.y", "^^1.0.0", ">>1.0.0",
                                         "=>1.0.0", "1.0.0,2.0.0", "v1.0.0", "01.x", "1.2.x-beta", "1.x.3z"));

TEST(VersionRange, LongerThanItsLimitIsRefused) {
  EXPECT_FALSE(VersionRange::parse(std::string(kMaxVersionLength + 1, '1')).ok());
}

TEST(VersionRange, ARefusalNamesThePartThatCouldNotBeRead) {
  EXPECT_NE(VersionRange::parse(">=1.0.0 <newest").error().message.find("\"newest\""), std::string::npos);
  EXPECT_NE(VersionRange::parse("1.0.0 - 2.0.0").error().message.find(">=1.0.0 <=2.0.0"), std::string::npos);
}

TEST(VersionRange, IsKeptAsItWasWritten) {
  EXPECT_EQ(VersionRange::parse("^1.0.0 || 2.x").value().text(), "^1.0.0 || 2.x");
}

struct Membership {
  const char* range;
  std::vector<const char*> inside;
  std::vector<const char*> outside;
};

class Range : public testing::TestWithParam<Membership> {};

TEST_P(Range, HoldsWhatItSaysAndNoMore) {
  for (const char* text : GetParam().inside) EXPECT_TRUE(contains(GetParam().range, text)) << text;
  for (const char* text : GetParam().outside) EXPECT_FALSE(contains(GetParam().range, text)) << text;
}

INSTANTIATE_TEST_SUITE_P(
    VersionRange, Range,
    testing::Values(
        Membership{"1.2.3", {"1.2.3", "1.2.3+b"}, {"1.2.4", "1.2.2", "1.2.3-rc"}},
        Membership{"=1.2.3", {"1.2.3"}, {"1.2.4"}},
        Membership{"1.2.3-rc.1", {"1.2.3-rc.1"}, {"1.2.3", "1.2.3-rc.2"}},
        Membership{"*", {"0.0.0", "9.9.9"}, {"1.0.0-beta"}}, Membership{"x", {"0.0.1"}, {"0.0.1-a"}},
        Membership{"1", {"1.0.0", "1.9.9"}, {"0.9.9", "2.0.0", "2.0.0-a", "1.0.0-a"}},
        Membership{"1.x", {"1.0.0", "1.9.9"}, {"0.9.9", "2.0.0"}},
        Membership{"1.x.x", {"1.0.0", "1.9.9"}, {"0.9.9", "2.0.0"}},
        Membership{"1.2.x", {"1.2.0", "1.2.9"}, {"1.1.9", "1.3.0", "1.3.0-a"}},
        Membership{"1.2.*", {"1.2.0", "1.2.9"}, {"1.1.9", "1.3.0"}},
        Membership{">=1.2.3", {"1.2.3", "2.0.0"}, {"1.2.2", "2.0.0-a"}},
        Membership{">= 1.2.3", {"1.2.3"}, {"1.2.2"}}, Membership{">=1.2", {"1.2.0"}, {"1.1.9", "1.2.0-a"}},
        Membership{">1.2.3", {"1.2.4"}, {"1.2.3"}},
        Membership{">1.2", {"1.3.0"}, {"1.2.0", "1.2.9", "1.3.0-a"}}, Membership{">1", {"2.0.0"}, {"1.9.9"}},
        Membership{"<1.2.3", {"1.2.2"}, {"1.2.3", "1.2.3-a"}},
        Membership{"<1.2", {"1.1.9"}, {"1.2.0", "1.2.0-a"}}, Membership{"<=1.2.3", {"1.2.3"}, {"1.2.4"}},
        Membership{"<=1.2", {"1.2.9"}, {"1.3.0", "1.3.0-a"}}, Membership{">*", {}, {"0.0.0", "1.0.0"}},
        Membership{"<*", {}, {"0.0.0", "1.0.0"}}, Membership{">=*", {"0.0.0"}, {"0.0.0-a"}},
        Membership{">=1.0.0 <2.0.0", {"1.0.0", "1.9.9"}, {"2.0.0", "0.9.9"}},
        Membership{"1.0.0 || 2.x", {"1.0.0", "2.5.0"}, {"1.0.1", "3.0.0"}},
        Membership{"1.0.0||2.0.0", {"1.0.0", "2.0.0"}, {"1.5.0"}}));

INSTANTIATE_TEST_SUITE_P(
    CaretAndTilde, Range,
    testing::Values(
        Membership{"^1.2.3", {"1.2.3", "1.9.0"}, {"1.2.2", "2.0.0", "2.0.0-a", "1.3.0-a"}},
        Membership{"^0.2.3", {"0.2.3", "0.2.9"}, {"0.3.0", "0.2.2", "0.3.0-a"}},
        Membership{"^0.0.3", {"0.0.3"}, {"0.0.4", "0.0.2", "0.0.4-a"}},
        Membership{"^0.0", {"0.0.0", "0.0.9"}, {"0.1.0"}}, Membership{"^0", {"0.0.0", "0.9.9"}, {"1.0.0"}},
        Membership{"^0.x", {"0.0.0", "0.9.9"}, {"1.0.0"}}, Membership{"^1", {"1.0.0", "1.9.9"}, {"2.0.0"}},
        Membership{"^1.2", {"1.2.0", "1.9.9"}, {"1.1.9", "2.0.0"}},
        Membership{"^*", {"0.0.0", "7.0.0"}, {"7.0.0-a"}},
        Membership{"^1.2.3-beta.2",
                   {"1.2.3-beta.2", "1.2.3-beta.11", "1.2.3", "1.9.0"},
                   {"1.2.3-beta.1", "1.2.4-beta.2", "2.0.0"}},
        Membership{"~1.2.3", {"1.2.3", "1.2.9"}, {"1.3.0", "1.2.2", "1.3.0-a"}},
        Membership{"~1.2", {"1.2.0", "1.2.9"}, {"1.3.0", "1.1.9"}},
        Membership{"~1", {"1.0.0", "1.9.9"}, {"2.0.0"}}, Membership{"~0.0.1", {"0.0.1", "0.0.9"}, {"0.1.0"}},
        Membership{"~*", {"1.0.0"}, {"1.0.0-a"}},
        Membership{"~1.2.3-beta.2", {"1.2.3-beta.4", "1.2.9"}, {"1.2.4-beta.2", "1.3.0"}}));

TEST(VersionRange, APrereleaseIsContainedOnlyWhereOneOfItsOwnReleaseIsNamed) {
  EXPECT_TRUE(contains(">=1.0.0-alpha", "1.0.0-beta"));
  EXPECT_FALSE(contains(">=1.0.0-alpha", "1.1.0-beta"));
  EXPECT_FALSE(contains("1.0.0-alpha || >=1.1.0", "1.1.0-beta"));
}

// Any text gives a version that writes itself back, or a refusal; never a crash.
TEST(SemanticVersion, SurvivesEveryMutationOfALegalOne) {
  const std::string alphabet = "0123456789.-+xX*^~<>= |av\n\xff";
  std::mt19937 random(20261120);
  for (int round = 0; round < 20000; ++round) {
    std::string text = "1.12.0-rc.1+b.7";
    for (int edits = 0; edits < 3; ++edits) {
      const std::size_t at = random() % text.size();
      text.replace(at, random() % 3, 1, alphabet[random() % alphabet.size()]);
    }
    const auto parsed = parse_semantic_version(text);
    if (!parsed.ok()) continue;
    ASSERT_EQ(to_string(parsed.value()), text);
    const auto range = VersionRange::parse(text);
    ASSERT_TRUE(range.ok() && range.value().contains(parsed.value())) << text;
  }
}

}  // namespace
}  // namespace exo

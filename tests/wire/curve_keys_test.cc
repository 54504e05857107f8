// Files of keys: what they say, and what is wrong with them.
#include "bus/wire/curve_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace exo {
namespace {

// From the example in the header.
constexpr const char* kPublic = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
constexpr const char* kSecret = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";
constexpr const char* kServer = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

std::string lines(const std::string& server, const std::string& own, const std::string& secret) {
  return "server " + server + "\npublic " + own + "\nsecret " + secret + "\n";
}

std::string fault_of(const std::string& content) {
  const auto parsed = parse_curve_identity("anna.keys", content);
  EXPECT_FALSE(parsed.ok());
  return parsed.ok() ? "" : parsed.error().message;
}

TEST(CurveKeysTest, WhatIsWrittenIsRead) {
  const CurveIdentity identity{.server_key = make_curve_keys().public_key, .own = make_curve_keys()};
  const auto read = parse_curve_identity("anna.keys", format(identity));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().server_key, identity.server_key);
  EXPECT_EQ(read.value().own.public_key, identity.own.public_key);
  EXPECT_EQ(read.value().own.secret_key, identity.own.secret_key);
}

TEST(CurveKeysTest, RemarksAndEmptyLinesSayNothing) {
  const auto read = parse_curve_identity("anna.keys", "# of anna\n\n#\n" + lines(kServer, kPublic, kSecret));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().server_key, kServer);
}

TEST(CurveKeysTest, AnUnknownWordIsNamedWithItsLine) {
  EXPECT_EQ(fault_of("servant x\n"),
            "anna.keys:1: \"servant\" is none of server, public and secret, with one of which a line begins");
}

TEST(CurveKeysTest, WhatIsNoKeyIsNamedWithItsLine) {
  EXPECT_EQ(fault_of(lines(kServer, "short", kSecret)),
            "anna.keys:2: \"short\" is no key, which is 40 characters of Z85");
}

TEST(CurveKeysTest, ABrokenSecretIsNotShown) {
  EXPECT_EQ(fault_of(lines(kServer, kPublic, "nearly secret")),
            "anna.keys:3: what follows secret is no key, which is 40 characters of Z85");
}

TEST(CurveKeysTest, FortyCharactersThatMeanNothingAreNoKey) {
  EXPECT_FALSE(is_curve_key(std::string(40, '#')));
  EXPECT_FALSE(is_curve_key(std::string(40, ' ')));
  EXPECT_TRUE(is_curve_key(std::string(40, '0')));
}

TEST(CurveKeysTest, ALineThatIsThereTwiceIsNamed) {
  EXPECT_EQ(fault_of(lines(kServer, kPublic, kSecret) + "public " + kPublic + "\n"),
            "anna.keys:4: public is there twice");
}

TEST(CurveKeysTest, AMissingLineIsNamed) {
  EXPECT_EQ(fault_of(""), "anna.keys: there is no line server");
  EXPECT_EQ(fault_of("server " + std::string(kServer) + "\npublic " + kPublic + "\n"),
            "anna.keys: there is no line secret");
}

TEST(CurveKeysTest, KeysThatDoNotBelongTogetherAreRefused) {
  EXPECT_EQ(fault_of(lines(kServer, kServer, kSecret)),
            "anna.keys: the public key is not that of the secret one");
}

TEST(CurveKeysTest, TheFileOfAProgramIsNotThatOfTheBus) {
  const auto parsed = parse_server_keys("curve", lines(kServer, kPublic, kSecret));
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message,
            "curve: the line server belongs into a program's file, and this is that of the bus");
}

TEST(CurveKeysTest, AFileThatOthersMayReadIsRefused) {
  std::array<char, 32> name{"/tmp/exo-keys-XXXXXX"};
  ::close(::mkstemp(name.data()));
  std::ofstream(name.data()) << lines(kServer, kPublic, kSecret);
  EXPECT_TRUE(read_curve_identity(name.data()).ok());
  ASSERT_EQ(::chmod(name.data(), 0640), 0);
  const auto read = read_curve_identity(name.data());
  ::unlink(name.data());
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message, std::string(name.data()) +
                                      " holds a secret key, and others may read it; type: chmod 600 " +
                                      name.data());
}

}  // namespace
}  // namespace exo

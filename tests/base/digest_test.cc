#include "base/digest.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

// The examples of FIPS 180-2, appendix B.
TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameHoweverTheBytesAreCut) {
  const std::string text =
      "The quick brown fox jumps over the lazy dog, again and again, past a block's end.";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 digest;
    digest.update(text.substr(0, cut));
    digest.update(text.substr(cut));
    ASSERT_EQ(digest.finish(), sha256(text)) << "cut at " << cut;
  }
}

TEST(Sha256, BeginsAnewAfterEachEnd) {
  Sha256 digest;
  digest.update("other");
  (void)digest.finish();
  digest.update("abc");
  EXPECT_EQ(digest.finish(), sha256("abc"));
}

TEST(Sha256, SeesABitThatChanged) {
  EXPECT_NE(sha256("abc"), sha256("abb"));
  EXPECT_NE(sha256(std::string_view("a\0", 2)), sha256("a"));
}

}  // namespace
}  // namespace exo

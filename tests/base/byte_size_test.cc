#include "base/byte_size.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

TEST(ByteSize, IsToATenthOfTheLargestUnitThatFits) {
  EXPECT_EQ(bytes_for_people(0), "0 bytes");
  EXPECT_EQ(bytes_for_people(1), "1 byte");
  EXPECT_EQ(bytes_for_people(1023), "1023 bytes");
  EXPECT_EQ(bytes_for_people(1536), "1.5 KiB");
  EXPECT_EQ(bytes_for_people(1'048'575), "1.0 MiB");
  EXPECT_EQ(bytes_for_people(5ULL << 40U), "5120.0 GiB");
}

}  // namespace
}  // namespace exo

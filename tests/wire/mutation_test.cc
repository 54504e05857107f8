// The fuzzers' functions over seeded mutations of the page's examples: a breach aborts, which fails the test.
#include <gtest/gtest.h>

#include <random>

#include "tests/fuzz/decoders.h"
#include "tests/wire/protocol_page.h"

namespace exo {
namespace {

constexpr unsigned kSeed = 20261120;
constexpr int kMutationsPerExample = 5000;

// Changes, removes or inserts a few bytes.
std::string mutated(std::string bytes, std::mt19937& random) {
  for (auto edits = random() % 4 + 1; edits > 0; --edits) {
    const auto at = bytes.empty() ? 0 : random() % bytes.size();
    const auto byte = static_cast<char>(random() % 256);
    switch (random() % 3) {
      case 0:
        if (!bytes.empty()) bytes[at] = byte;
        break;
      case 1:
        bytes.insert(at, 1, byte);
        break;
      case 2:
        if (!bytes.empty()) bytes.erase(at, random() % 8 + 1);
        break;
    }
  }
  return bytes;
}

template <typename Exercise>
void exercise_all(std::string ProtocolExample::*frame, Exercise exercise) {
  std::mt19937 random(kSeed);
  for (const auto& example : protocol_examples()) {
    const std::string& original = example.*frame;
    for (int count = 0; count < kMutationsPerExample; ++count) {
      const std::string bytes = mutated(original, random);
      exercise(std::as_bytes(std::span(bytes)));
    }
    for (std::size_t length = 0; length <= original.size(); ++length) {
      exercise(std::as_bytes(std::span(original)).first(length));
    }
  }
}

TEST(Mutations, OfHeadersBreakNoPromise) {
  EXPECT_NO_THROW(exercise_all(&ProtocolExample::header, exercise_header));
}

TEST(Mutations, OfControlPayloadsBreakNoPromise) {
  EXPECT_NO_THROW(exercise_all(&ProtocolExample::payload, exercise_control));
}

}  // namespace
}  // namespace exo

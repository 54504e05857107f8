// The fuzzer's function over random conversations and over those that the fuzzer learned from: a broken
// promise aborts, which fails the test.
#include "tests/fuzz/conversation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace exo {
namespace {

constexpr unsigned kSeed = 20261126;
constexpr int kConversations = 1000;

void exercise(const std::string& text) {
  exercise_conversation(std::as_bytes(std::span(text)));
}

TEST(Conversations, AtRandomBreakNoPromise) {
  std::mt19937 random(kSeed);
  for (int i = 0; i < kConversations; ++i) {
    std::string text(random() % 600, ' ');
    for (char& byte : text) byte = static_cast<char>(random() % 256);
    exercise(text);
  }
  SUCCEED();
}

TEST(Conversations, OfTheCorpusBreakNoPromise) {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(EXO_FUZZ_CORPUS "/conversation")) {
    std::ifstream stream(file.path(), std::ios::binary);
    exercise({std::istreambuf_iterator<char>(stream), {}});
    ++files;
  }
  EXPECT_GT(files, 10U);
}

}  // namespace
}  // namespace exo

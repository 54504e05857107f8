#include "host/last_words.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using Lines = std::vector<std::string>;

TEST(LastWords, AreTheLastLine) {
  EXPECT_EQ(last_words({}), "");
  EXPECT_EQ(last_words({"Traceback:", "  File \"a.py\"", "ValueError: no table"}), "ValueError: no table");
  EXPECT_EQ(last_words({"terminate called", "  what():  no table"}), "  what():  no table");
}

TEST(LastWords, OfANodeThatEndsByAnUncaughtErrorAreTheError) {
  EXPECT_EQ(last_words({"/app/server.js:3", "  throw new Error('no table');", "  ^", "", "Error: no table",
                        "    at run (/app/server.js:3:9)", "    at Module._compile (node:internal)", "",
                        "Node.js v18.20.4"}),
            "Error: no table");
  EXPECT_EQ(last_words({"Error: listen EACCES", "    at Server.listen (node:net) {", "  code: 'EACCES'", "}",
                        "", "Node.js v22.1.0"}),
            "Error: listen EACCES");
}

TEST(LastWords, WithoutTheErrorAreWhatThereIs) {
  EXPECT_EQ(last_words({"    at run (/app/server.js:3:9)", "", "Node.js v18.20.4"}), "Node.js v18.20.4");
}

}  // namespace
}  // namespace exo

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
}

TEST(LastWords, OfANodeWhoseErrorEventNobodyHandlesAreTheError) {
  EXPECT_EQ(last_words({"node:events:497", "      throw er; // Unhandled 'error' event", "      ^", "",
                        "Error: listen EADDRINUSE: address already in use :::3000",
                        "    at Server.setupListenHandle [as _listen2] (node:net:1817:16)",
                        "    at node:internal/main/run_main_module:28:49",
                        "Emitted 'error' event on Server instance at:",
                        "    at emitErrorNT (node:net:1796:8)", "    at process.processTicksAndRejections {",
                        "  code: 'EADDRINUSE',", "  port: 3000", "}", "", "Node.js v20.19.0"}),
            "Error: listen EADDRINUSE: address already in use :::3000");
}

TEST(LastWords, OfANodeThatThrowsWhatIsNoErrorAreThat) {
  EXPECT_EQ(last_words({"node:internal/process:95", "throw 'no table'", "^", "no table",
                        "(Use `node --trace-uncaught ...` to show where the exception was thrown)", "",
                        "Node.js v20.19.0"}),
            "no table");
}

TEST(LastWords, WithoutTheErrorAreWhatThereIs) {
  EXPECT_EQ(last_words({"    at run (/app/server.js:3:9)", "", "Node.js v18.20.4"}), "Node.js v18.20.4");
}

}  // namespace
}  // namespace exo

#include "services/shell_command.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

std::string run_by_shell(const std::string& command) {
  const std::vector<std::string> arguments = shell_command(command);
  EXPECT_EQ(arguments.size(), 3U);
  EXPECT_EQ(arguments[0] + " " + arguments[1], "/bin/sh -c");
  return arguments[2];
}

TEST(ShellCommand, AProgramTakesTheShellsPlace) {
  for (const char* command : {"node server.js", "./todo --port=8080", "/usr/bin/python3 -m search", "todo",
                              "\"$EXO_BIN/todo\"", "node $EXO_DATA/*.js"}) {
    EXPECT_EQ(run_by_shell(command), "exec " + std::string(command));
  }
}

TEST(ShellCommand, WhatOnlyAShellUnderstandsIsLeftToIt) {
  for (const char* command :
       {"cd src && node server.js", "NAME=value node server.js", "node server.js | tee log",
        "node $(cat name)", "{ todo; }", "! todo", "cd src", "exit 3", ": nothing", "todo > log", "a; b",
        "if true", " todo", "node server.js &", "exec node server.js", "node server.js # the server",
        "a\nb"}) {
    EXPECT_EQ(run_by_shell(command), command);
  }
}

}  // namespace
}  // namespace exo

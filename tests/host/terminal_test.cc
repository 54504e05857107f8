#include "host/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace exo {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader.reset(ends[0]);
    writer.reset(ends[1]);
  }
  // Everything until the writing end is closed.
  std::string read_all() {
    writer.reset();
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(reader.get(), buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
    return text;
  }
  UniqueFd reader, writer;
};

TEST(Printable, escapes_what_would_move_the_cursor) {
  EXPECT_EQ(to_printable("a\rb\x1b[2Jc\x7f", ColorMode::kColored), "a\\x0db\\x1b[2Jc\\x7f");
}

TEST(Printable, takes_colours_out_where_the_reader_has_none) {
  EXPECT_EQ(to_printable("\x1b[31mred\x1b[0m", ColorMode::kPlain), "red");
}

TEST(Printable, keeps_colours_on_a_terminal) {
  EXPECT_EQ(to_printable("\x1b[1;31mred\x1b[0m", ColorMode::kColored), "\x1b[1;31mred\x1b[0m");
}

TEST(Printable, keeps_tabs_and_letters_beyond_ascii) {
  EXPECT_EQ(to_printable("a\tü", ColorMode::kPlain), "a\tü");
}

TEST(Terminal, prefixes_each_line_with_its_role_in_one_column) {
  Pipe pipe;
  {
    Terminal terminal(pipe.writer.get(), ColorMode::kPlain);
    terminal.reserve_column(11);
    terminal.say("todo-app in local");
    terminal.output("web", "listening");
    terminal.output("todo-search", "opened");
  }
  EXPECT_EQ(pipe.read_all(), "exo: todo-app in local\nweb         | listening\ntodo-search | opened\n");
}

TEST(Terminal, gives_each_role_a_colour_of_its_own) {
  Pipe pipe;
  {
    Terminal terminal(pipe.writer.get(), ColorMode::kColored);
    terminal.output("web", "x");
    terminal.output("todo", "x");
    terminal.output("web", "y");
  }
  const std::string text = pipe.read_all();
  const std::string first = text.substr(0, text.find("web"));
  const std::string second = text.substr(text.find('\n') + 1, text.find("todo") - text.find('\n') - 1);
  EXPECT_NE(first, second) << text;
  EXPECT_NE(text.rfind(first + "web"), text.find(first + "web")) << text;
}

TEST(Terminal, never_blocks_its_caller_and_says_how_many_lines_it_left_out) {
  Pipe pipe;  // nobody reads while the lines are said
  std::string text;
  std::atomic<bool> reading{false};
  {
    Terminal terminal(pipe.writer.get(), ColorMode::kPlain);
    const std::string line(200, 'x');
    for (int i = 0; i < 30'000; ++i) terminal.output("web", line);
    // From here on somebody reads; the destructor waits for what is queued.
    std::thread reader([&] {
      char buffer[65536];
      for (ssize_t n = 0; (n = ::read(pipe.reader.get(), buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(n));
        reading = text.size() > 1'000'000;  // by then the queue has room again
        if (text.find("the last line") != std::string::npos) break;
      }
    });
    while (!reading) std::this_thread::yield();
    terminal.say("the last line");
    reader.join();
  }
  EXPECT_NE(text.find("lines are not shown here"), std::string::npos);
}

TEST(Terminal, survives_a_reader_that_has_gone) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.reader.reset();
  Terminal terminal(pipe.writer.get(), ColorMode::kPlain);
  for (int i = 0; i < 100; ++i) terminal.say("nobody reads this");
}

TEST(ColorMode, is_plain_where_the_output_is_no_terminal) {
  Pipe pipe;
  EXPECT_EQ(color_mode_of(pipe.writer.get()), ColorMode::kPlain);
}

}  // namespace
}  // namespace exo

#include "host/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace exo {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    reader.reset(ends[0]);
    writer.reset(ends[1]);
  }
  void fill() { EXPECT_EQ(::write(writer.get(), "x", 1), 1); }
  UniqueFd reader, writer;
};

TEST(EventLoop, calls_only_what_is_readable) {
  Pipe quiet;
  Pipe loud;
  int quiet_calls = 0;
  int loud_calls = 0;
  EventLoop loop;
  loop.watch(quiet.reader.get(), [&] { ++quiet_calls; });
  loop.watch(loud.reader.get(), [&] { ++loud_calls; });
  loud.fill();
  loop.wait(std::nullopt);
  EXPECT_EQ(quiet_calls, 0);
  EXPECT_EQ(loud_calls, 1);
}

TEST(EventLoop, returns_at_its_time_when_nothing_happens) {
  Pipe pipe;
  EventLoop loop;
  loop.watch(pipe.reader.get(), [] { FAIL() << "nothing was written"; });
  const MonotonicTime until = monotonic_now() + std::chrono::milliseconds(20);
  loop.wait(until);
  EXPECT_GE(monotonic_now(), until);
}

TEST(EventLoop, does_not_call_what_was_forgotten_in_the_same_round) {
  Pipe first;
  Pipe second;
  EventLoop loop;
  loop.watch(first.reader.get(), [&] { loop.forget(second.reader.get()); });
  loop.watch(second.reader.get(), [] { FAIL() << "it was forgotten"; });
  first.fill();
  second.fill();
  loop.wait(std::nullopt);
}

TEST(EventLoop, tells_that_a_peer_has_gone) {
  Pipe pipe;
  int calls = 0;
  EventLoop loop;
  loop.watch(pipe.reader.get(), [&] { ++calls; });
  pipe.writer.reset();
  loop.wait(std::nullopt);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace exo

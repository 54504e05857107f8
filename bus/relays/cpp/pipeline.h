// Many commands at the pace of their receivers: as many under way as keep them busy, and no more.
//
//   exo::Pipeline pipeline(relay, {.in_flight = 256});
//   pipeline.run([&]() -> std::optional<exo::Pipeline::Next> {
//     if (rows.at_end()) return std::nullopt;
//     return exo::Pipeline::Next{.name = "todo.add", .payload = rows.next()};
//   }, [&](exo::Result<std::uint64_t> outcome) { … });
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bus/relays/cpp/relay.h"

namespace exo {

// Asks a source for commands while fewer than `in_flight` are under way and the relay has room for them, and
// tells once how it ended. After the first error it asks for no more, and waits for those under way.
//
// Under way is a command that is answered until its last reply, another until it is settled for its
// OnSettled. For the thread of its relay, which must outlive it. Destroying it ends the asking; what is under
// way goes on.
class Pipeline {
 public:
  struct Options {
    std::size_t in_flight = 1024;  // at least 1
  };
  // What goes next. With `on_answer` it is a request, and a failure only where the answer is an Error.
  struct Next {
    std::string name;
    Value payload;
    RequestOptions options;
    OnAnswer on_answer;
  };
  // The next command, or nothing: that was all. Must not throw.
  using Source = std::function<std::optional<Next>()>;
  // How many commands were done without an error, or the first Error.
  using OnEnd = std::function<void(Result<std::uint64_t>)>;

  Pipeline(Relay& relay, Options options);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Begins. `on_end` is called once, from here when there is nothing to send; it may destroy the pipeline.
  // Once it was called, run() may be called again.
  void run(Source source, OnEnd on_end);
  // Whether it runs, and how many are under way.
  bool running() const;
  std::size_t in_flight() const;

 private:
  struct State;

  std::shared_ptr<State> state_;
};

}  // namespace exo

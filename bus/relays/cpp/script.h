// A deployment script in C++: what the loaders of JavaScript and Python are for theirs.
//
//   int main() {
//     return exo::Script::run({.offline = [](exo::Script& script) -> exo::Result<void> {
//       const auto done = script.each(
//           script.pages("todos.list"), {.key = "id", .every = 500},
//           [&](const exo::Value& todo) { return script.send("todo-search.add", todo); });
//       if (!done.ok()) return done.error();
//       return {};
//     }});
//   }
//
// It is an executable `deployment-scripts/<role>-<version>`, or the program of a script's folder. exo starts
// it once for each attempt at each phase.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bus/relays/cpp/each.h"
#include "bus/relays/cpp/lock.h"
#include "bus/relays/cpp/relay.h"

namespace exo {

// What the host says when it starts a phase.
struct ScriptStart {
  std::string run;
  std::uint64_t attempt = 0;
  std::uint64_t generation = 0;
  std::string environment;
  std::string role;
  std::string version;
  std::string phase;  // "offline", "online", "undo" or "verify"
  Value checkpoint;   // what the attempt before has saved last; nil where there is none
  bool dry_run = false;
};

// The pages of a streamed reply, taken one by one; the replier goes on as they are. Copies share the stream;
// when the last one goes the rest is cancelled.
class PageStream {
 public:
  // Waits for the next page; nothing after the last one.
  Result<std::optional<Value::List>> operator()() const { return next_(); }

 private:
  friend class Script;
  explicit PageStream(RecordPages next) : next_(std::move(next)) {}
  RecordPages next_;
};

// One attempt at one phase. Its functions wait for what they promise, and let the relay work meanwhile; they
// are for the phase's function, not for handlers of the relay. An Error in a message that nobody waits for
// fails the attempt.
class Script {
 public:
  // Does the phase: an Error, or an exception, fails the attempt; else it is done.
  using Phase = std::function<Result<void>(Script&)>;
  struct Phases {
    Phase offline;  // null: the script has no such phase
    Phase online;
    Phase undo;    // takes back what these two did
    Phase verify;  // looks whether it is there, and writes nothing: an Error says that it is not
  };

  // Joins the bus that the environment names, does the phase that exo asks for, and tells what has come of it
  // when all that was sent is delivered. Returns the exit code when exo has ended it: 1 where it failed.
  static int run(const Phases& phases);

  // The Error with which a phase says that the attempt has failed.
  static Error failed(std::string reason) { return {"failed", std::move(reason)}; }

  ~Script();
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  const ScriptStart& start() const;
  // For what is not here. Give its messages activity_id().
  Relay& relay();
  const std::string& activity_id() const;

  // Sends a command, and waits only for room in the relay. That it is delivered shows at the next checkpoint.
  Result<void> send(std::string_view name, const Value& payload, SendOptions options = {});
  // Sends a command and waits for its reply.
  Result<Answer> ask(std::string_view name, const Value& payload = {}, SendOptions options = {});
  // The same, page by page.
  PageStream pages(std::string_view name, const Value& payload = {}, SendOptions options = {});

  // Tells how far it is; 0 for a total that is not known.
  void progress(double done, double total = 0, std::string_view note = "");
  // Saves a value for the next attempt. Returns when the ledger holds it: after all that was sent before is
  // delivered.
  Result<void> checkpoint(const Value& value);
  // Follows these commands, public names that its version receives; returns once they are followed. What
  // production sends of them from then on is replayed to the version when the script is done.
  Result<void> follow(const std::vector<std::string>& commands);
  // Waits for the lock, in turn with all others who want it.
  Result<Lock> lock(const std::string& key, const LockOptions& options = {});
  // Does something for each record, tells progress, and saves checkpoints from which the next attempt goes on
  // (each.h). Returns how many records are done, those of earlier attempts included. A script that uses it
  // saves no checkpoints of its own.
  Result<std::uint64_t> each(const PageStream& pages, EachOptions options, const RecordAct& act);
  Result<std::uint64_t> each(const RecordPages& pages, EachOptions options, const RecordAct& act);

 private:
  struct State;
  explicit Script(RelayOptions options);
  int run_phases(const Phases& phases);
  Result<void> poll_until(const std::function<bool()>& is_so);
  SendOptions placed(SendOptions options) const;
  std::string own_name(std::string_view word) const;

  std::unique_ptr<State> state_;
};

}  // namespace exo

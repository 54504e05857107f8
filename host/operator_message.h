// What `exo send` does: a person's message to the running application, and what comes back.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/relays/cpp/relay.h"
#include "host/host_line.h"
#include "host/state_folder.h"

namespace exo {

// A message as a person wants it sent.
struct OperatorMessage {
  enum class Wants { kAnswers, kAcceptance };

  std::string name;  // public
  Value payload;
  std::string version;                   // exact or a range; empty: the bus chooses
  std::string activity;                  // empty: a new one
  std::chrono::milliseconds timeout{0};  // 0: the bus's default of 60 s
  Wants wants = Wants::kAnswers;
  enum class Gate { kObeyed, kPassed };
  Gate gate = Gate::kObeyed;  // kPassed: it is for the version that is held, which the host records
};

// The public names of all that some service of the application receives, as its files say; none when they
// cannot be read.
std::vector<std::string> receivable_names(const std::filesystem::path& application);

// Sends the message as `exo-operator` and calls `take` with each reply, of a streamed one with each page as
// it comes, until the last one or until `take` returns false. A message that wants no answer is over when the
// bus has taken it. Errors: `no-host`, those of HostLine::connect(), and what the bus or the receiver
// answered, with its own code.
Result<void> send_as_operator(const StateFolder& state, const OperatorMessage& message,
                              const std::function<bool(const Answer&)>& take);

// The same to an application elsewhere.
Result<void> send_as_operator(const RemoteBus& bus, const OperatorMessage& message,
                              const std::function<bool(const Answer&)>& take);

// An answer as a line of JSON with the keys name, sender, version (null for exo) and payload: a contract with
// machines.
std::string to_json_line(const Answer& answer);

// The same for people. The first of several pages says what it is and from whom: "todo@0.0.1 --[ todos.listed
// ]-> exo-operator".
std::string introduction_of(const Answer& answer);
// The payload in lines, each ending in '\n': of a list an element a line, else as JSON with indentation.
std::string payload_lines(const Answer& answer);

}  // namespace exo

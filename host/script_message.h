// What a deployment script says to `exo`, translated from a message of the bus to an input of the rollout
// core.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "bus/events.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"

namespace exo {

// The JSON text of a payload, for the ledger and for people. Error `malformed` when the bytes are not what
// their content type says; raw bytes become a JSON string of their hexadecimal digits.
Result<std::string> payload_to_json(const Payload& payload, ContentType type);
// The same as msgpack, from JSON text; malformed JSON is a bug of the caller.
Payload json_to_payload(const std::string& json);

// The input that `message` of the running `attempt` is. Error `malformed` when the payload cannot be read;
// empty when the message is none of a script's words (it is then answered `no-receiver`). A reply to the
// start message and a command of the same name mean the same; words of the other phase belong to no one.
Result<std::optional<rollout::Input>> read_script_message(const MessageToExo& message,
                                                          const rollout::AttemptKey& attempt);

// The start message of an attempt, from `exo` to the script's `instance`, and its id.
std::string start_message_id(const rollout::AttemptId& attempt);
ExoMessage make_start_message(const rollout::SendStart& start, const std::string& instance);

}  // namespace exo

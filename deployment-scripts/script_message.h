// The names of the messages between `exo` and a deployment script:
// "deployment-<role>-<version>-<phase>-<word>".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "deployment-scripts/version_key.h"
#include "ledger/event.h"

namespace exo {

enum class ScriptWord { kStart, kDone, kFailed, kProgress, kCheckpoint, kCheckpointed, kFollow, kFollowed };

std::string script_message_name(const VersionKey& brings_in, Phase phase, ScriptWord word);

struct ScriptMessageName {
  Phase phase;
  ScriptWord word;

  bool operator==(const ScriptMessageName&) const = default;
};

// What a message of the script of `brings_in` says; empty when the name is none of its words, which are then
// the business of another role.
std::optional<ScriptMessageName> parse_script_message_name(const VersionKey& brings_in,
                                                           std::string_view name);

}  // namespace exo

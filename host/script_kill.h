// A deployment script that is to be killed on purpose: how a test finds out whether it can be run again.
//
//     todo-search@0.0.1=3            in whichever phase sends three messages first
//     todo-search@0.0.1:online=3     in its online phase
//
// Only the script's own commands to services count, in each attempt by themselves. The last one that counts
// is delivered and handled, with all before it; what the script says after it is never heard; then its
// process gets SIGKILL. It is done once in a host's life, and the script has one attempt then.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "deployment-scripts/version_key.h"
#include "ledger/event.h"

namespace exo {

struct ScriptKill {
  VersionKey version;
  std::optional<Phase> phase;  // absent: either
  std::uint64_t after = 1;     // messages, at least one

  // Error `usage` says what was expected.
  static Result<ScriptKill> parse(std::string_view text);

  bool is_for(const VersionKey& of, Phase in) const { return version == of && (!phase || *phase == in); }
  bool operator==(const ScriptKill&) const = default;
};

}  // namespace exo

#include "host/script_kill.h"

#include <charconv>
#include <string>

#include "base/semantic_version.h"
#include "base/text.h"

namespace exo {
namespace {

// 0 where it is no number.
std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

Result<ScriptKill> ScriptKill::parse(std::string_view text) {
  const Error wrong{"usage",
                    "--kill-script " + in_quotes(text) +
                        ": expected ROLE@VERSION=N, or ROLE@VERSION:PHASE=N, with N messages from 1, such "
                        "as: --kill-script todo-search@0.0.1:online=3"};
  const std::size_t at = text.find('@');
  const std::size_t equals = text.rfind('=');
  if (at == std::string_view::npos || at == 0 || equals == std::string_view::npos || equals < at)
    return wrong;
  ScriptKill kill{.version = {.role = std::string(text.substr(0, at)), .version = {}},
                  .phase = {},
                  .after = number_of(text.substr(equals + 1))};
  std::string_view version = text.substr(at + 1, equals - at - 1);
  if (const std::size_t colon = version.find(':'); colon != std::string_view::npos) {
    const std::string_view phase = version.substr(colon + 1);
    if (phase != to_string(Phase::kOffline) && phase != to_string(Phase::kOnline)) return wrong;
    kill.phase = phase == to_string(Phase::kOffline) ? Phase::kOffline : Phase::kOnline;
    version = version.substr(0, colon);
  }
  if (!parse_semantic_version(version) || kill.after == 0) return wrong;
  kill.version.version = version;
  return kill;
}

}  // namespace exo

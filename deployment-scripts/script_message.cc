#include "deployment-scripts/script_message.h"

#include <utility>

#include "base/check.h"
#include "deployment-scripts/script.h"

namespace exo {
namespace {

constexpr std::pair<ScriptWord, std::string_view> kWords[] = {
    {ScriptWord::kStart, "start"},           {ScriptWord::kDone, "done"},
    {ScriptWord::kFailed, "failed"},         {ScriptWord::kProgress, "progress"},
    {ScriptWord::kCheckpoint, "checkpoint"}, {ScriptWord::kCheckpointed, "checkpointed"},
    {ScriptWord::kFollow, "follow"},         {ScriptWord::kFollowed, "followed"},
};

std::string_view word_text(ScriptWord word) {
  for (const auto& [each, text] : kWords) {
    if (each == word) return text;
  }
  EXO_CHECK(false);
}

}  // namespace

std::string script_message_name(const VersionKey& brings_in, Phase phase, ScriptWord word) {
  return bus_role(brings_in) + "-" + std::string(to_string(phase)) + "-" + std::string(word_text(word));
}

std::optional<ScriptMessageName> parse_script_message_name(const VersionKey& brings_in,
                                                           std::string_view name) {
  for (const Phase phase : {Phase::kOffline, Phase::kOnline, Phase::kUndo, Phase::kVerify}) {
    for (const auto& [word, text] : kWords) {
      if (name == script_message_name(brings_in, phase, word)) return ScriptMessageName{phase, word};
    }
  }
  return std::nullopt;
}

}  // namespace exo

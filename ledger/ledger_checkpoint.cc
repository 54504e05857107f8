#include "ledger/ledger_checkpoint.h"

#include <charconv>
#include <map>
#include <optional>

#include "base/text.h"
#include "ledger/event_json.h"
#include "ledger/ledger_error.h"

namespace exo {
namespace {

constexpr std::string_view kFirstLine = "exo-ledger-checkpoint 1\n";
constexpr std::string_view kDigestWord = "digest ";

Error malformed(const std::string& fault) {
  return ledger_failure(ledger_error::kMalformed, fault);
}

std::optional<std::uint64_t> parse_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "word value" lines; what is not one is passed over.
std::map<std::string, std::string, std::less<>> words_of(std::string_view lines) {
  std::map<std::string, std::string, std::less<>> words;
  for (const std::string_view line : split(lines, '\n')) {
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos) words[std::string(line.substr(0, space))] = line.substr(space + 1);
  }
  return words;
}

}  // namespace

bool is_checkpoint(std::string_view beginning) {
  constexpr std::string_view kWord = "exo-ledger-checkpoint";
  return beginning.substr(0, kWord.size()) == kWord;
}

std::string encode_checkpoint(const LedgerCheckpoint& checkpoint) {
  const std::string lines = std::string(kFirstLine) + "environment " + checkpoint.environment +
                            "\nsequence " + std::to_string(checkpoint.sequence) + "\nhash " +
                            to_hex(checkpoint.hash) + "\nat " + checkpoint.at + "\n";
  return lines + std::string(kDigestWord) + sha256_hex(lines) + "\n";
}

Result<LedgerCheckpoint> decode_checkpoint(std::string_view text) {
  if (!is_checkpoint(text)) return malformed("it is no checkpoint of a ledger");
  if (!text.starts_with(kFirstLine))
    return malformed("it is a checkpoint of a format that this exo does not know");
  const std::size_t digest = text.rfind(kDigestWord);
  if (digest == std::string_view::npos) return malformed("it has no digest: its end is missing");
  const std::string_view lines = text.substr(0, digest);
  if (trim(text.substr(digest + kDigestWord.size())) != sha256_hex(lines))
    return malformed("its digest is not that of its lines: it was changed since it was made");
  const auto words = words_of(lines);
  const auto word = [&words](std::string_view key) {
    const auto found = words.find(key);
    return found == words.end() ? std::string() : found->second;
  };
  const auto sequence = parse_number(word("sequence"));
  const auto hash = digest_from_hex(word("hash"));
  if (!sequence || !hash) return malformed("it lacks the sequence or the hash of an event");
  return LedgerCheckpoint{
      .environment = word("environment"), .sequence = *sequence, .hash = *hash, .at = word("at")};
}

Result<void> check_against(Ledger& ledger, const ChainEnd& then) {
  if (then.sequence == 0) return {};
  const auto found = ledger.read(then.sequence, 1);
  if (!found) return found.error();
  const std::string event = "event " + std::to_string(then.sequence);
  if (found.value().empty()) {
    return ledger_failure(ledger_error::kLedgerSetBack,
                          "the ledger ends before " + event +
                              ", which it held when that was noted: an older backup was restored");
  }
  if (found.value().front().hash == then.hash) return {};
  return ledger_failure(ledger_error::kLedgerRewritten,
                        event + " is not the one that was noted: an older backup was restored and went on " +
                            "from there, it is the ledger of another environment, or it was rewritten");
}

}  // namespace exo

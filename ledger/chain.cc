#include "ledger/chain.h"

#include <array>
#include <string_view>
#include <tuple>

#include "base/text.h"
#include "ledger/ledger_error.h"

namespace exo {
namespace {

constexpr std::string_view kEncodingName = "exo-ledger-event";
// Of memory for the next event's encoding, which is seldom longer; details may be many times as long.
constexpr std::size_t kKeptBytes = 64 * 1024;

void add_number(std::string& bytes, std::uint64_t number) {
  std::array<char, sizeof number> big_endian{};
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    big_endian[i] = static_cast<char>(number >> (56 - 8 * i) & 0xff);
  }
  bytes.append(big_endian.data(), big_endian.size());
}

// The length comes first, so that no two lists of texts have the same bytes.
void add_text(std::string& bytes, std::string_view text) {
  add_number(bytes, text.size());
  bytes += text;
}

Error altered(const LedgerEvent& event, const std::string& fault) {
  return ledger_failure(ledger_error::kLedgerAltered,
                        "event " + std::to_string(event.sequence) + " " + fault);
}

void add_event(std::string& bytes, const LedgerEvent& event) {
  bytes += kEncodingName;
  add_number(bytes, event.format);
  add_number(bytes, event.sequence);
  add_number(bytes, event.epoch);
  add_number(bytes, event.at.nanoseconds);
  add_text(bytes, event.who);
  add_text(bytes, event.host);
  add_text(bytes, event.type);
  add_text(bytes, event.role);
  add_text(bytes, event.version);
  add_text(bytes, event.phase);
  add_number(bytes, event.generation);
  add_text(bytes, event.run);
  add_number(bytes, event.attempt);
  add_text(bytes, event.details);
  bytes.append(event.previous_hash.begin(), event.previous_hash.end());
}

}  // namespace

ChainEnd chain_end(const LedgerEvent& event) {
  return ChainEnd{.sequence = event.sequence, .epoch = event.epoch, .hash = event.hash};
}

std::string canonical_bytes(const LedgerEvent& event) {
  std::string bytes;
  add_event(bytes, event);
  return bytes;
}

Sha256Digest event_hash(const LedgerEvent& event) {
  thread_local Sha256 hash;  // setting one up costs more than digesting an event
  thread_local std::string bytes;
  bytes.clear();
  add_event(bytes, event);
  hash.update(bytes);
  if (bytes.capacity() > kKeptBytes) std::string().swap(bytes);
  return hash.finish();
}

void seal(LedgerEvent& event, const ChainEnd& end, std::uint64_t epoch) {
  event.sequence = end.sequence + 1;
  event.format = kEventFormat;
  event.epoch = epoch;
  event.previous_hash = end.hash;
  event.hash = event_hash(event);
}

Result<void> check_link(const ChainEnd& end, const LedgerEvent& event) {
  const std::string expected = std::to_string(end.sequence + 1);
  if (event.sequence != end.sequence + 1)
    return altered(event, "stands where event " + expected + " should be");
  if (event.format > kEventFormat) {
    return ledger_failure(ledger_error::kFormatNewer,
                          "event " + expected + " has format " + std::to_string(event.format) +
                              ", this exo knows formats up to " + std::to_string(kEventFormat) +
                              ": use the exo that wrote it, or a newer one");
  }
  if (event.format == 0) return altered(event, "has no format");
  if (event.previous_hash != end.hash)
    return altered(event, "does not carry the hash of the event before it");
  if (event.hash != event_hash(event)) return altered(event, "is not what its hash was made over");
  if (event.epoch < end.epoch) {
    return altered(event, "has epoch " + std::to_string(event.epoch) + ", the event before it epoch " +
                              std::to_string(end.epoch));
  }
  if (find_event_type(event.type) == nullptr && !may_be_passed_over(event)) {
    return ledger_failure(ledger_error::kFormatNewer,
                          "event " + expected + " is of the type " + in_quotes(event.type) +
                              ", which this exo does not know and must know to decide anything: use the exo "
                              "that wrote it, or a newer one");
  }
  return {};
}

bool same_content(const LedgerEvent& left, const LedgerEvent& right) {
  const auto content = [](const LedgerEvent& event) {
    return std::tie(event.who, event.host, event.type, event.role, event.version, event.phase,
                    event.generation, event.run, event.attempt, event.details);
  };
  return content(left) == content(right);
}

}  // namespace exo

#include "ledger/event_json.h"

#include <exception>
#include <nlohmann/json.hpp>

#include "ledger/ledger_error.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

// -1 for what is none of them.
int value_of_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

Sha256Digest digest_in(const Json& json, const char* key) {
  const auto digest = digest_from_hex(json.at(key).get<std::string>());
  if (!digest) throw std::invalid_argument(std::string(key) + " is not 64 hexadecimal digits");
  return *digest;
}

LedgerEvent event_in(const Json& json) {
  LedgerEvent event;
  json.at("sequence").get_to(event.sequence);
  json.at("format").get_to(event.format);
  json.at("epoch").get_to(event.epoch);
  json.at("at").get_to(event.at.nanoseconds);
  json.at("who").get_to(event.who);
  json.at("host").get_to(event.host);
  json.at("type").get_to(event.type);
  json.at("role").get_to(event.role);
  json.at("version").get_to(event.version);
  json.at("phase").get_to(event.phase);
  json.at("generation").get_to(event.generation);
  json.at("run").get_to(event.run);
  json.at("attempt").get_to(event.attempt);
  json.at("details").get_to(event.details);
  event.previous_hash = digest_in(json, "previous_hash");
  event.hash = digest_in(json, "hash");
  return event;
}

}  // namespace

std::optional<Sha256Digest> digest_from_hex(std::string_view text) {
  if (text.size() != 2 * kSha256Size) return std::nullopt;
  Sha256Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = value_of_digit(text[2 * i]);
    const int low = value_of_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest.at(i) = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

std::string event_to_json(const LedgerEvent& event) {
  const Json json{{"sequence", event.sequence},
                  {"format", event.format},
                  {"epoch", event.epoch},
                  {"at", event.at.nanoseconds},
                  {"who", event.who},
                  {"host", event.host},
                  {"type", event.type},
                  {"role", event.role},
                  {"version", event.version},
                  {"phase", event.phase},
                  {"generation", event.generation},
                  {"run", event.run},
                  {"attempt", event.attempt},
                  {"details", event.details},
                  {"previous_hash", to_hex(event.previous_hash)},
                  {"hash", to_hex(event.hash)}};
  return json.dump();
}

// The JSON library and digest_in() report by exception; this is the edge where that ends.
Result<LedgerEvent> event_from_json(std::string_view line) {
  try {
    return event_in(Json::parse(line));
  } catch (const std::exception& fault) {
    return ledger_failure(ledger_error::kMalformed, fault.what());
  }
}

}  // namespace exo

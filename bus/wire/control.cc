#include "bus/wire/control.h"

#include <limits>
#include <optional>
#include <type_traits>

#include "bus/wire/header.h"
#include "bus/wire/packer.h"
#include "bus/wire/tokens.h"

namespace exo {

namespace {

Error malformed(std::string_view key, std::string_view why) {
  std::string message = "payload: ";
  if (!key.empty()) message.append("`").append(key).append("` ");
  return Error{"malformed", message.append(why)};
}

// ---- writing: a map's keys in order, each with a value of one of the types that control messages use.

void write(Packer& packer, const std::string& text) {
  pack_string(packer, text);
}

template <typename Number,
          std::enable_if_t<std::is_unsigned_v<Number> && !std::is_same_v<Number, bool>, int> = 0>
void write(Packer& packer, Number number) {
  pack_number(packer, number);
}

void write(Packer& packer, bool flag) {
  pack_flag(packer, flag);
}

void write(Packer& packer, const OrdinalRange& range) {
  packer.pack_array(2);
  pack_number(packer, range.first);
  pack_number(packer, range.last);
}

void write(Packer& packer, const RestatedLock& lock) {
  packer.pack_array(3);
  pack_string(packer, lock.key);
  pack_string(packer, lock.id);
  pack_number(packer, lock.number);
}

template <typename Element>
void write(Packer& packer, const std::vector<Element>& list) {
  packer.pack_array(static_cast<std::uint32_t>(list.size()));
  for (const auto& element : list) write(packer, element);
}

// A list of pairs is a map.
template <typename Value>
void write(Packer& packer, const std::vector<std::pair<std::string, Value>>& map) {
  packer.pack_map(static_cast<std::uint32_t>(map.size()));
  for (const auto& [key, value] : map) {
    pack_string(packer, key);
    write(packer, value);
  }
}

template <typename Value>
struct Entry {
  std::string_view key;
  const Value& value;
};
template <typename Value>
Entry(const char*, const Value&) -> Entry<Value>;

template <typename... Values>
Payload encode_map(const Entry<Values>&... entries) {
  std::string bytes;
  StringStream stream{bytes};
  Packer packer(stream);
  packer.pack_map(static_cast<std::uint32_t>(sizeof...(entries)));
  (
      [&] {
        pack_string(packer, entries.key);
        write(packer, entries.value);
      }(),
      ...);
  return Payload(std::string_view(bytes));
}

// ---- reading: each read() takes one value from the cursor and names the key when it is not as it must be.

Result<void> read(std::string_view key, TokenCursor& cursor, std::string& text) {
  const Token& token = cursor.next();
  if (token.type != Token::Type::kString) return malformed(key, "must be a string");
  text = token.bytes;
  return {};
}

template <typename Number,
          std::enable_if_t<std::is_unsigned_v<Number> && !std::is_same_v<Number, bool>, int> = 0>
Result<void> read(std::string_view key, TokenCursor& cursor, Number& number) {
  const Token& token = cursor.next();
  if (token.type != Token::Type::kUnsigned) return malformed(key, "must be an unsigned integer");
  if (token.number > std::numeric_limits<Number>::max()) return malformed(key, "is too large");
  number = static_cast<Number>(token.number);
  return {};
}

Result<void> read(std::string_view key, TokenCursor& cursor, bool& flag) {
  const Token& token = cursor.next();
  if (token.type != Token::Type::kBool) return malformed(key, "must be true or false");
  flag = token.number != 0;
  return {};
}

Result<void> read(std::string_view key, TokenCursor& cursor, OrdinalRange& range) {
  const Token& token = cursor.next();
  if (token.type != Token::Type::kList || token.number != 2) return malformed(key, "must be a list of pairs");
  if (auto outcome = read(key, cursor, range.first); !outcome.ok()) return outcome;
  if (auto outcome = read(key, cursor, range.last); !outcome.ok()) return outcome;
  if (range.first < 1 || range.first > range.last) return malformed(key, "has a pair that is no range");
  return {};
}

Result<void> read(std::string_view key, TokenCursor& cursor, RestatedLock& lock) {
  const Token& token = cursor.next();
  if (token.type != Token::Type::kList || token.number != 3) {
    return malformed(key, "must be a list of [key, id, number]");
  }
  if (auto outcome = read(key, cursor, lock.key); !outcome.ok()) return outcome;
  if (auto outcome = read(key, cursor, lock.id); !outcome.ok()) return outcome;
  return read(key, cursor, lock.number);
}

template <typename Element>
Result<void> read(std::string_view key, TokenCursor& cursor, std::vector<Element>& list) {
  const Token& token = cursor.next();
  if (token.type != Token::Type::kList) return malformed(key, "must be a list");
  if (token.number > kControlListLimit) return malformed(key, "has more than 65536 elements");
  list.resize(token.number);
  for (auto& element : list) {
    if (auto outcome = read(key, cursor, element); !outcome.ok()) return outcome;
  }
  return {};
}

template <typename Value>
Result<void> read(std::string_view key, TokenCursor& cursor,
                  std::vector<std::pair<std::string, Value>>& map) {
  const Token& token = cursor.next();
  if (token.type != Token::Type::kMap) return malformed(key, "must be a map");
  if (token.number > kControlListLimit) return malformed(key, "has more than 65536 keys");
  map.resize(token.number);
  for (auto& [name, value] : map) {
    if (auto outcome = read(key, cursor, name); !outcome.ok()) return outcome;
    if (auto outcome = read(key, cursor, value); !outcome.ok()) return outcome;
  }
  return {};
}

template <typename Value>
Result<void> read(std::string_view key, TokenCursor& cursor, std::optional<Value>& value) {
  return read(key, cursor, value.emplace());
}

// Fills the entries of a map for which `read_entry(key, cursor)` has read the value; it returns nothing for
// keys that it does not know.
template <typename ReadEntry>
Result<void> decode_map(std::string_view payload, ReadEntry&& read_entry) {
  if (payload.size() > kPayloadLimitBytes) return Error{"too-large", "payload: it is over 16 MiB"};
  thread_local std::vector<Token> tokens;
  const auto bytes = std::as_bytes(std::span(payload));
  if (auto outcome = read_tokens(bytes, TokenLimits{}, tokens); !outcome.ok()) {
    return malformed("", outcome.error().message);
  }
  TokenCursor cursor(tokens);
  const Token& map = cursor.next();
  if (map.type != Token::Type::kMap) return malformed("", "it is not a map");
  for (std::uint64_t count = map.number; count > 0; --count) {
    const Token& key = cursor.next();
    if (key.type != Token::Type::kString) return malformed("", "every key must be a string");
    if (cursor.peek().type == Token::Type::kNil) {
      cursor.skip();
      continue;
    }
    std::optional<Result<void>> outcome = read_entry(key.bytes, cursor);
    if (!outcome) {
      cursor.skip();
    } else if (!outcome->ok()) {
      return *outcome;
    }
  }
  return {};
}

// Reads the value into the first of the known entries that has this key.
template <typename... Values>
auto into(std::pair<std::string_view, Values*>... known) {
  return [=](std::string_view key, TokenCursor& cursor) {
    std::optional<Result<void>> outcome;
    const auto try_one = [&](const auto& entry) {
      if (outcome || entry.first != key) return;
      outcome.emplace(read(key, cursor, *entry.second));
    };
    (try_one(known), ...);
    return outcome;
  };
}

template <typename Value>
std::pair<std::string_view, Value*> at(std::string_view key, Value& value) {
  return {key, &value};
}

Result<void> check_word(std::string_view key, const std::string& word) {
  if (word.size() > kNameLimitBytes) return malformed(key, "is longer than 255 bytes");
  return {};
}

Result<void> check_lock(const RestatedLock& lock) {
  if (auto outcome = check_word("locks", lock.key); !outcome.ok()) return outcome;
  if (lock.key.empty()) return malformed("locks", "has a key that is empty");
  if (!is_id(lock.id)) return malformed("locks", "has an id that is none");
  return {};
}

Result<void> check(const Registration& registration) {
  const std::pair<std::string_view, const std::string*> words[] = {{"role", &registration.role},
                                                                   {"version", &registration.version},
                                                                   {"instance", &registration.instance},
                                                                   {"token", &registration.token},
                                                                   {"relay", &registration.relay}};
  for (const auto& [key, word] : words) {
    if (auto outcome = check_word(key, *word); !outcome.ok()) return outcome;
  }
  for (const auto& name : registration.handles) {
    if (auto outcome = check_word("handles", name); !outcome.ok()) return outcome;
  }
  for (const auto& lock : registration.locks) {
    if (auto outcome = check_lock(lock); !outcome.ok()) return outcome;
  }
  if (registration.role.empty()) return malformed("role", "is missing");
  if (registration.instance.empty()) return malformed("instance", "is missing");
  if (registration.window < 1 || registration.window > kWindowLimit) {
    return malformed("window", "must be from 1 to 4096");
  }
  return {};
}

}  // namespace

Payload encode_registration(const Registration& registration) {
  const auto encode = [&](const auto&... more) {
    return encode_map(Entry{"protocols", registration.protocols}, Entry{"role", registration.role},
                      Entry{"version", registration.version}, Entry{"instance", registration.instance},
                      Entry{"token", registration.token}, Entry{"handles", registration.handles},
                      Entry{"window", registration.window}, Entry{"relay", registration.relay},
                      Entry{"packs", registration.packs}, more...);
  };
  return registration.locks.empty() ? encode() : encode(Entry{"locks", registration.locks});
}

Payload encode_registered(const Registered& registered) {
  return encode_map(Entry{"protocol", registered.protocol}, Entry{"role", registered.role},
                    Entry{"version", registered.version}, Entry{"instance", registered.instance},
                    Entry{"connection", registered.connection}, Entry{"environment", registered.environment},
                    Entry{"heartbeatMs", registered.heartbeat_ms},
                    Entry{"frameLimit", registered.frame_limit_bytes}, Entry{"packs", registered.packs},
                    Entry{"locks", registered.locks});
}

Payload encode_routes(const Routes& routes) {
  return encode_map(Entry{"names", routes.names}, Entry{"acknowledged", routes.acknowledged});
}

Payload encode_credit(const Credit& credit) {
  if (!credit.tells_settled) {
    return encode_map(Entry{"accepted", credit.accepted}, Entry{"grants", credit.grants});
  }
  return encode_map(Entry{"accepted", credit.accepted}, Entry{"grants", credit.grants},
                    Entry{"settled", credit.settled});
}

Payload encode_sequences(const std::vector<std::uint64_t>& sequences) {
  return encode_map(Entry{"sequences", sequences});
}

Payload encode_ids(const std::vector<std::string>& ids) {
  return encode_map(Entry{"ids", ids});
}

Result<Registration> decode_registration(std::string_view payload) {
  Registration read;
  const auto outcome = decode_map(
      payload, into(at("protocols", read.protocols), at("role", read.role), at("version", read.version),
                    at("instance", read.instance), at("token", read.token), at("handles", read.handles),
                    at("window", read.window), at("relay", read.relay), at("packs", read.packs),
                    at("locks", read.locks)));
  if (!outcome.ok()) return outcome.error();
  if (const auto valid = check(read); !valid.ok()) return valid.error();
  return read;
}

Result<Registered> decode_registered(std::string_view payload) {
  Registered read;
  const auto outcome =
      decode_map(payload, into(at("protocol", read.protocol), at("role", read.role),
                               at("version", read.version), at("instance", read.instance),
                               at("connection", read.connection), at("environment", read.environment),
                               at("heartbeatMs", read.heartbeat_ms), at("frameLimit", read.frame_limit_bytes),
                               at("packs", read.packs), at("locks", read.locks)));
  if (!outcome.ok()) return outcome.error();
  return read;
}

Result<Routes> decode_routes(std::string_view payload) {
  Routes read;
  if (auto outcome =
          decode_map(payload, into(at("names", read.names), at("acknowledged", read.acknowledged)));
      !outcome.ok())
    return outcome.error();
  return read;
}

Result<Credit> decode_credit(std::string_view payload) {
  Credit read;
  std::optional<std::vector<OrdinalRange>> settled;
  const auto outcome = decode_map(
      payload, into(at("accepted", read.accepted), at("grants", read.grants), at("settled", settled)));
  if (!outcome.ok()) return outcome.error();
  read.tells_settled = settled.has_value();
  if (settled) read.settled = std::move(*settled);
  return read;
}

Result<void> decode_sequences(std::string_view payload, std::vector<std::uint64_t>& sequences) {
  sequences.clear();
  return decode_map(payload, into(at("sequences", sequences)));
}

Result<std::vector<std::string>> decode_ids(std::string_view payload) {
  std::vector<std::string> ids;
  if (auto outcome = decode_map(payload, into(at("ids", ids))); !outcome.ok()) return outcome.error();
  return ids;
}

}  // namespace exo

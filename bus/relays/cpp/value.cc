#include "bus/relays/cpp/value.h"

#include <bit>
#include <limits>

#include "bus/wire/packer.h"
#include "bus/wire/tokens.h"

namespace exo {

namespace {

constexpr TokenLimits kPayloadLimits = {.nesting = 64, .tokens = 4 * 1024 * 1024};

// Writes each type of content in its msgpack form.
struct Encoder {
  StringStream& stream;
  Packer& packer;

  void operator()(std::monostate) const { packer.pack_nil(); }
  void operator()(bool flag) const { pack_flag(packer, flag); }
  void operator()(std::int64_t number) const { packer.pack_int64(number); }
  void operator()(std::uint64_t number) const { packer.pack_uint64(number); }
  void operator()(double number) const { pack_fraction(stream, packer, number); }
  void operator()(const std::string& text) const { pack_string(packer, text); }
  void operator()(const Value::Binary& binary) const {
    const auto size = static_cast<std::uint32_t>(binary.bytes.size());
    packer.pack_bin(size);
    packer.pack_bin_body(binary.bytes.data(), size);
  }
  void operator()(const Value::List& list) const {
    packer.pack_array(static_cast<std::uint32_t>(list.size()));
    for (const Value& element : list) std::visit(*this, element.content());
  }
  void operator()(const Value::Map& map) const {
    packer.pack_map(static_cast<std::uint32_t>(map.size()));
    for (const auto& [key, value] : map) {
      pack_string(packer, key);
      std::visit(*this, value.content());
    }
  }
};

Result<Value> read_value(TokenCursor& cursor);

Result<Value> read_list(TokenCursor& cursor, std::uint64_t count) {
  Value::List list;
  list.reserve(count);
  for (; count > 0; --count) {
    auto element = read_value(cursor);
    if (!element.ok()) return element;
    list.push_back(std::move(element).value());
  }
  return Value(std::move(list));
}

Result<Value> read_map(TokenCursor& cursor, std::uint64_t count) {
  Value::Map map;
  map.reserve(count);
  for (; count > 0; --count) {
    const Token& key = cursor.next();
    if (key.type != Token::Type::kString) return Error{"malformed", "payload: a key that is not a string"};
    auto value = read_value(cursor);
    if (!value.ok()) return value;
    map.emplace_back(std::string(key.bytes), std::move(value).value());
  }
  return Value(std::move(map));
}

// The nesting is bounded by read_tokens(), so the recursion is, too; and so are the counts, since every
// element that a list or map announces was there.
Result<Value> read_value(TokenCursor& cursor) {
  const Token& token = cursor.next();
  switch (token.type) {
    case Token::Type::kNil:
      return Value();
    case Token::Type::kBool:
      return Value(token.number != 0);
    case Token::Type::kUnsigned:
      return Value(token.number);
    case Token::Type::kNegative:
      return Value(static_cast<std::int64_t>(token.number));
    case Token::Type::kDouble:
      return Value(std::bit_cast<double>(token.number));
    case Token::Type::kString:
      return Value(token.bytes);
    case Token::Type::kBinary:
      return Value(Value::Binary{std::string(token.bytes)});
    case Token::Type::kExtension:
      return Error{"malformed", "payload: an extension type, which payloads do not use"};
    case Token::Type::kList:
      return read_list(cursor, token.number);
    case Token::Type::kMap:
      return read_map(cursor, token.number);
  }
  return Error{"malformed", "payload: an unknown type"};
}

Error bad_payload(std::string_view key, std::string_view must_be) {
  return Error{"bad-payload", std::string("payload: `").append(key).append("` must be ").append(must_be)};
}

}  // namespace

std::optional<bool> Value::flag() const {
  if (const auto* flag = std::get_if<bool>(&content_)) return *flag;
  return std::nullopt;
}

std::optional<std::int64_t> Value::integer() const {
  if (const auto* number = std::get_if<std::int64_t>(&content_)) return *number;
  return std::nullopt;
}

std::optional<std::uint64_t> Value::unsigned_integer() const {
  if (const auto* number = std::get_if<std::uint64_t>(&content_)) return *number;
  const auto number = integer();
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<double> Value::number() const {
  if (const auto* number = std::get_if<double>(&content_)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&content_)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::int64_t>(&content_)) return static_cast<double>(*number);
  return std::nullopt;
}

const Value* Value::find(std::string_view key) const {
  const Map* entries = map();
  if (entries == nullptr) return nullptr;
  for (const auto& [name, value] : *entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

Result<std::int64_t> Value::integer_at(std::string_view key) const {
  const Value* value = find(key);
  const auto number = value == nullptr ? std::nullopt : value->integer();
  if (!number) return bad_payload(key, "a whole number");
  return *number;
}

Result<const std::string*> Value::string_at(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr || value->string() == nullptr) return bad_payload(key, "a string");
  return value->string();
}

Result<const Value::List*> Value::list_at(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr || value->list() == nullptr) return bad_payload(key, "a list");
  return value->list();
}

void Value::encode(std::string& out) const {
  StringStream stream{out};
  Packer packer(stream);
  std::visit(Encoder{stream, packer}, content_);
}

Result<Value> Value::decode(std::string_view bytes) {
  if (bytes.empty()) return Value();
  thread_local std::vector<Token> tokens;
  if (auto read = read_tokens(std::as_bytes(std::span(bytes)), kPayloadLimits, tokens); !read.ok()) {
    return Error{"malformed", "payload: " + read.error().message};
  }
  TokenCursor cursor(tokens);
  auto value = read_value(cursor);
  // One huge payload must not keep its tokens for the life of the thread.
  constexpr std::size_t kKeptTokens = 64 * 1024;
  if (tokens.capacity() > kKeptTokens) std::vector<Token>().swap(tokens);
  return value;
}

}  // namespace exo

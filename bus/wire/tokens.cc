#include "bus/wire/tokens.h"

#define MSGPACK_NO_BOOST
#include <bit>
#include <msgpack/null_visitor.hpp>
#include <msgpack/parse.hpp>
#include <msgpack/unpack.hpp>
#include <string>

namespace exo {

namespace {

// What msgpack's parser calls for each element; returning false stops it.
class TokenCollector : public msgpack::null_visitor {
 public:
  void start(const TokenLimits& limits, std::vector<Token>& tokens) {
    limits_ = limits;
    tokens_ = &tokens;
    nesting_ = 0;
    refusal_ = nullptr;
    tokens.clear();
  }
  // Why the collector stopped the parser; null when it did not.
  const char* refusal() const { return refusal_; }

  // Called by the parser before each value; start() has done it already.
  void init() {}
  bool visit_nil() { return add({.type = Token::Type::kNil, .number = 0, .bytes = {}}); }
  bool visit_boolean(bool value) { return add_number(Token::Type::kBool, value ? 1 : 0); }
  bool visit_positive_integer(std::uint64_t value) { return add_number(Token::Type::kUnsigned, value); }
  bool visit_negative_integer(std::int64_t value) {
    return add_number(Token::Type::kNegative, static_cast<std::uint64_t>(value));
  }
  bool visit_float32(float value) { return visit_float64(static_cast<double>(value)); }
  bool visit_float64(double value) {
    return add_number(Token::Type::kDouble, std::bit_cast<std::uint64_t>(value));
  }
  bool visit_str(const char* data, std::uint32_t size) { return add_bytes(Token::Type::kString, data, size); }
  bool visit_bin(const char* data, std::uint32_t size) { return add_bytes(Token::Type::kBinary, data, size); }
  bool visit_ext(const char* data, std::uint32_t size) {
    return add_bytes(Token::Type::kExtension, data, size);
  }
  bool start_array(std::uint32_t count) { return nest() && add_number(Token::Type::kList, count); }
  bool end_array() { return leave(); }
  bool start_map(std::uint32_t count) { return nest() && add_number(Token::Type::kMap, count); }
  bool end_map() { return leave(); }

 private:
  bool nest() {
    if (nesting_ == limits_.nesting) return refuse("it is nested too deeply");
    ++nesting_;
    return true;
  }
  bool leave() {
    --nesting_;
    return true;
  }
  bool refuse(const char* why) {
    refusal_ = why;
    return false;
  }
  bool add_number(Token::Type type, std::uint64_t number) {
    return add({.type = type, .number = number, .bytes = {}});
  }
  bool add_bytes(Token::Type type, const char* data, std::uint32_t size) {
    return add({.type = type, .number = 0, .bytes = {data, size}});
  }
  bool add(const Token& token) {
    if (tokens_->size() == limits_.tokens) return refuse("it has too many elements");
    tokens_->push_back(token);
    return true;
  }

  TokenLimits limits_;
  std::vector<Token>* tokens_ = nullptr;
  std::size_t nesting_ = 0;
  const char* refusal_ = nullptr;
};

// msgpack's parser with its stack, kept per thread because making one allocates.
class Parser {
 public:
  Parser() : parser_(collector_) {}

  Result<void> read(std::span<const std::byte> bytes, const TokenLimits& limits, std::vector<Token>& tokens) {
    collector_.start(limits, tokens);
    if (bytes.empty()) return malformed("it is empty");
    parser_.init();
    std::size_t offset = 0;
    const auto outcome = parser_.execute(reinterpret_cast<const char*>(bytes.data()), bytes.size(), offset);
    if (outcome == msgpack::PARSE_CONTINUE) return malformed("it ends within a value");
    if (outcome == msgpack::PARSE_STOP_VISITOR) return malformed(collector_.refusal());
    if (outcome != msgpack::PARSE_SUCCESS) {
      return malformed("it is not msgpack at byte " + std::to_string(offset));
    }
    if (offset != bytes.size()) {
      return malformed(std::to_string(bytes.size() - offset) + " bytes follow its value");
    }
    return {};
  }

 private:
  static Error malformed(const std::string& why) { return Error{"malformed", why}; }

  TokenCollector collector_;
  msgpack::detail::parse_helper<TokenCollector> parser_;
};

}  // namespace

Result<void> read_tokens(std::span<const std::byte> bytes, const TokenLimits& limits,
                         std::vector<Token>& tokens) {
  thread_local Parser parser;
  return parser.read(bytes, limits, tokens);
}

const Token& TokenCursor::peek() const {
  EXO_CHECK(!tokens_.empty());
  return tokens_.front();
}

const Token& TokenCursor::next() {
  const Token& token = peek();
  tokens_ = tokens_.subspan(1);
  return token;
}

void TokenCursor::skip() {
  std::uint64_t remaining = 1;
  while (remaining > 0) {
    const Token& token = next();
    --remaining;
    if (token.type == Token::Type::kList) remaining += token.number;
    if (token.type == Token::Type::kMap) remaining += 2 * token.number;
  }
}

}  // namespace exo

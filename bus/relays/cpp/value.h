// What payloads are made of: nil, booleans, numbers, strings, bytes, lists and maps with string keys.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace exo {

// A value that can be read from a payload and written to one. A plain value type: copied deeply, moved
// cheaply, usable from any thread, one at a time. Maps keep the order in which their keys were added.
//
// Whole numbers and doubles are told apart here but not on the wire: a double without a fraction is written
// as a whole number, so a reader asks for number() where a fraction is possible.
class Value {
 public:
  using List = std::vector<Value>;
  using Map = std::vector<std::pair<std::string, Value>>;
  struct Binary {
    std::string bytes;
    bool operator==(const Binary&) const = default;
  };

  Value() = default;
  Value(bool flag) : content_(flag) {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) Value(Integer number) : content_(wire_integer(number)) {}
  Value(double number) : content_(number) {}
  Value(const char* text) : content_(std::string(text)) {}
  Value(std::string_view text) : content_(std::string(text)) {}
  Value(std::string text) : content_(std::move(text)) {}
  Value(Binary binary) : content_(std::move(binary)) {}
  Value(List list) : content_(std::move(list)) {}
  Value(Map map) : content_(std::move(map)) {}
  // Value::map({{"id", 1}, {"title", "one"}})
  static Value map(std::initializer_list<std::pair<std::string, Value>> entries) { return Map(entries); }

  bool operator==(const Value&) const = default;

  // Each gives what is there, or null (nullopt) when the value is of another type.
  bool is_nil() const { return std::holds_alternative<std::monostate>(content_); }
  std::optional<bool> flag() const;
  std::optional<std::int64_t> integer() const;            // nullopt also for what does not fit
  std::optional<std::uint64_t> unsigned_integer() const;  // nullopt also for negative ones
  std::optional<double> number() const;                   // of whole numbers, too
  const std::string* string() const { return std::get_if<std::string>(&content_); }
  const Binary* binary() const { return std::get_if<Binary>(&content_); }
  const List* list() const { return std::get_if<List>(&content_); }
  List* list() { return std::get_if<List>(&content_); }
  const Map* map() const { return std::get_if<Map>(&content_); }

  // The value under a key of this map; null when there is none or this is no map.
  const Value* find(std::string_view key) const;

  // What a handler needs from its payload: the value under a key, or an Error (code "bad-payload") that names
  // the key and what it must be. Pointers live as long as this value.
  Result<std::int64_t> integer_at(std::string_view key) const;
  Result<const std::string*> string_at(std::string_view key) const;
  Result<const List*> list_at(std::string_view key) const;

  // Appends msgpack to `out`.
  void encode(std::string& out) const;
  // Reads msgpack; no bytes at all are nil. Error code "malformed": not one well-formed value, nested more
  // than 64 deep, more than 4 million elements, keys that are not strings, or msgpack's extension types.
  static Result<Value> decode(std::string_view bytes);

  // What visitors of the content see; whole numbers are unsigned only when they do not fit the signed type.
  using Content =
      std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Binary, List, Map>;
  const Content& content() const { return content_; }

 private:
  template <std::integral Integer>
  static Content wire_integer(Integer number) {
    if (std::in_range<std::int64_t>(number)) return static_cast<std::int64_t>(number);
    return static_cast<std::uint64_t>(number);
  }

  Content content_;
};

}  // namespace exo

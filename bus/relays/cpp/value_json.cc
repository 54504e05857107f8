#include "bus/relays/cpp/value_json.h"

#include <nlohmann/json.hpp>

namespace exo {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxNesting = 64;

Value from_json(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value(json.get<bool>());
    case Json::value_t::number_integer:
      return Value(json.get<std::int64_t>());
    case Json::value_t::number_unsigned:
      return Value(json.get<std::uint64_t>());
    case Json::value_t::number_float:
      return Value(json.get<double>());
    case Json::value_t::string:
      return Value(json.get_ref<const std::string&>());
    case Json::value_t::array: {
      Value::List list;
      list.reserve(json.size());
      for (const Json& element : json) list.push_back(from_json(element));
      return list;
    }
    case Json::value_t::object: {
      Value::Map map;
      for (const auto& [key, element] : json.items()) map.emplace_back(key, from_json(element));
      return map;
    }
    case Json::value_t::null:
    case Json::value_t::binary:     // never made by the parser
    case Json::value_t::discarded:  // the same
      return Value();
  }
  return Value();
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    text.push_back(kDigits[number / 16]);
    text.push_back(kDigits[number % 16]);
  }
  return text;
}

struct ToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool flag) const { return flag; }
  Json operator()(std::int64_t number) const { return number; }
  Json operator()(std::uint64_t number) const { return number; }
  Json operator()(double number) const { return number; }
  Json operator()(const std::string& text) const { return text; }
  Json operator()(const Value::Binary& binary) const { return {{"$binary", to_hex(binary.bytes)}}; }
  Json operator()(const Value::List& list) const {
    Json json = Json::array();
    for (const Value& element : list) json.push_back(std::visit(*this, element.content()));
    return json;
  }
  Json operator()(const Value::Map& map) const {
    Json json = Json::object();
    for (const auto& [key, element] : map) json[key] = std::visit(*this, element.content());
    return json;
  }
};

}  // namespace

Result<Value> value_from_json(std::string_view text) {
  if (text.empty()) return Value();
  bool too_deep = false;
  const auto callback = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxNesting;
    return !too_deep;
  };
  try {
    const Json json = Json::parse(text, callback);
    if (too_deep) return Error{"malformed", "JSON: it is nested more than 64 deep"};
    return from_json(json);
  } catch (const Json::exception& failure) {
    // The library's text begins with its own name for the error, in brackets.
    const std::string reason = failure.what();
    return Error{"malformed", "JSON: " + reason.substr(reason.find("] ") + 2)};
  }
}

std::string value_to_json(const Value& value) {
  return std::visit(ToJson{}, value.content()).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace exo

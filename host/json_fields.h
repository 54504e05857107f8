// The members of a JSON object, where what it holds is another's to say: a history's line, a message.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace exo {

// Empty where it has none, or one of another kind.
std::string text_of(const nlohmann::ordered_json& json, const char* key);
// 0 likewise.
std::uint64_t number_of(const nlohmann::ordered_json& json, const char* key);
// Those of its array that are texts; empty likewise.
std::vector<std::string> texts_of(const nlohmann::ordered_json& json, const char* key);

}  // namespace exo

#include "tests/simulation/simulated_data.h"

#include <charconv>

namespace exo {

std::string to_payload(const Upsert& upsert) {
  return std::to_string(upsert.key) + ":" + std::to_string(upsert.value) + ";";
}

Upsert parse_upsert(std::string_view payload) {
  Upsert upsert;
  const std::size_t colon = payload.find(':');
  std::from_chars(payload.data(), payload.data() + colon, upsert.key);
  std::from_chars(payload.data() + colon + 1, payload.data() + payload.size(), upsert.value);
  return upsert;
}

}  // namespace exo

#include "benchmarks/messaging/numbered_payload.h"

#include <cstring>
#include <stdexcept>

#include "base/check.h"

namespace exo::messaging {

NumberedPayload::NumberedPayload(std::size_t size) : bytes_(size, '\0') {
  EXO_CHECK(size >= sizeof(Mark));
  for (std::size_t i = sizeof(Mark); i < size; ++i) bytes_[i] = static_cast<char>(i * 37);
}

std::string_view NumberedPayload::make(const Mark& mark) {
  std::memcpy(bytes_.data(), &mark, sizeof mark);
  return bytes_;
}

Mark NumberedPayload::check(std::string_view payload) const {
  const std::string_view filling = std::string_view(bytes_).substr(sizeof(Mark));
  if (payload.size() != bytes_.size() || payload.substr(sizeof(Mark)) != filling) {
    throw std::runtime_error("a payload of " + std::to_string(payload.size()) +
                             " bytes is not as it was sent");
  }
  Mark mark;
  std::memcpy(&mark, payload.data(), sizeof mark);
  return mark;
}

}  // namespace exo::messaging

// Payloads that say whose they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace exo::messaging {

// What the first bytes of each payload say.
struct Mark {
  std::uint64_t number = 0;  // counts its sender's messages from 0
  std::uint32_t sender = 0;
  std::uint32_t last = 0;  // 1: its sender's last
};

// Makes payloads of one size and checks them, all bytes. One thread.
class NumberedPayload {
 public:
  // At least as many bytes as a Mark has.
  explicit NumberedPayload(std::size_t size);

  // Valid until the next call.
  std::string_view make(const Mark& mark);
  // The mark of a payload that make() has made somewhere; throws where a byte differs.
  Mark check(std::string_view payload) const;

 private:
  std::string bytes_;
};

}  // namespace exo::messaging

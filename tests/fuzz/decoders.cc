#include "tests/fuzz/decoders.h"

#include <string>
#include <vector>

#include "base/check.h"
#include "bus/wire/control.h"
#include "bus/wire/header.h"

namespace exo {

namespace {

// Encodes what was accepted, decodes that, and encodes again: both encodings must agree.
template <typename Decoded, typename Encode, typename Decode>
void check_stable(const Decoded& first, Encode encode, Decode decode) {
  const Payload once = encode(first);
  const auto second = decode(once.text());
  EXO_CHECK(second.ok());
  EXO_CHECK(encode(second.value()).text() == once.text());
}

}  // namespace

void exercise_header(std::span<const std::byte> bytes) {
  HeaderView header;
  if (!decode_header(bytes, header).ok()) return;
  // A reason over its limit is shortened on the way out, so the header is compared in its written form.
  std::string once;
  encode_header(header, once);
  HeaderView again;
  EXO_CHECK(decode_header(std::as_bytes(std::span(once)), again).ok());
  EXO_CHECK(check_required(header).ok() == check_required(again).ok());
  std::string twice;
  encode_header(again, twice);
  EXO_CHECK(once == twice);
}

void exercise_control(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const auto read = decode_registration(text)) {
    check_stable(read.value(), encode_registration, decode_registration);
  }
  if (const auto read = decode_registered(text)) {
    check_stable(read.value(), encode_registered, decode_registered);
  }
  if (const auto read = decode_routes(text)) check_stable(read.value(), encode_routes, decode_routes);
  if (const auto read = decode_credit(text)) check_stable(read.value(), encode_credit, decode_credit);
  if (const auto read = decode_ids(text)) check_stable(read.value(), encode_ids, decode_ids);
  std::vector<std::uint64_t> sequences;
  if (decode_sequences(text, sequences).ok()) {
    std::vector<std::uint64_t> again;
    EXO_CHECK(decode_sequences(encode_sequences(sequences).text(), again).ok());
    EXO_CHECK(sequences == again);
  }
}

}  // namespace exo

// The examples of docs/protocol.md, read from the page itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace exo {

// One "### title" of the section "Byte by byte": the bytes of its two frames.
struct ProtocolExample {
  std::string title;
  std::string header;
  std::string payload;
};

// The examples in the page's order; throws std::runtime_error when the page cannot be read or has a line that
// is not as it should be.
const std::vector<ProtocolExample>& protocol_examples();

// The example with this title; throws std::runtime_error when there is none.
const ProtocolExample& protocol_example(std::string_view title);

}  // namespace exo

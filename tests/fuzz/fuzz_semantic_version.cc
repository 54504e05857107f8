// Feeds arbitrary bytes to the readers of versions and ranges: what is read must write itself back.
#include <cstdint>

#include "base/check.h"
#include "base/semantic_version.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto version = exo::parse_semantic_version(text);
  const auto range = exo::VersionRange::parse(text);
  if (version.ok()) EXO_CHECK(to_string(version.value()) == text);
  if (version.ok()) EXO_CHECK(range.ok() && range.value().contains(version.value()));
  return 0;
}

// Any bytes may be the manifest of an artifact, or an artifact itself: they are refused, or mean what they
// would be written as.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "services/artifacts/artifact_archive.h"

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace exo;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = parse_manifest(bytes)) {
    EXO_CHECK(fault_of_manifest(manifest.value()).empty());
    const auto again = parse_manifest(format_manifest(manifest.value()));
    EXO_CHECK(again.ok() && again.value() == manifest.value());
  }
  NoSink none;
  if (const auto read = read_archive(bytes, none)) EXO_CHECK(fault_of_manifest(read.value()).empty());
  return 0;
}

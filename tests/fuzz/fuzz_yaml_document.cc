// Feeds arbitrary bytes to the YAML reader: it must read or fault them, within its limits.
#include <cstdint>

#include "base/check.h"
#include "base/yaml_document.h"

namespace {

void check_places(const exo::YamlNode& node) {
  EXO_CHECK(node.line >= 1 && node.column >= 1);
  for (const exo::YamlNode& item : node.items) check_places(item);
  for (const exo::YamlEntry& entry : node.entries) {
    EXO_CHECK(node.find(entry.key) == &entry);
    check_places(entry.value);
  }
}

}  // namespace

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const exo::YamlDocument document = exo::parse_yaml(text);
  check_places(document.root);
  for (const exo::YamlFault& fault : document.faults) EXO_CHECK(fault.line >= 1 && !fault.message.empty());
  return 0;
}

#include "deployment-scripts/shortened.h"

namespace exo {
namespace {

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

}  // namespace

std::string shortened(const std::string& text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && continues_character(text[end])) --end;
  return text.substr(0, end) + " … (" + std::to_string(text.size() - end) + " more bytes)";
}

}  // namespace exo

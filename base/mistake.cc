#include "base/mistake.h"

#include <utility>

#include "base/text.h"

namespace exo {
namespace {

std::string place(const std::string& file, int line) {
  return line > 0 ? file + ":" + std::to_string(line) + ": " : file + ": ";
}

}  // namespace

std::string to_string(const Mistake& mistake) {
  const std::string key = mistake.key.empty() ? "" : mistake.key + ": ";
  return place(mistake.file, mistake.line) + key + mistake.message;
}

std::string to_string(const Notice& notice) {
  return place(notice.file, notice.line) + notice.message;
}

std::string naming(std::string_view value, std::string message) {
  const bool named = message.find(in_quotes(value)) != std::string::npos;
  return value.empty() || named ? std::move(message) : in_quotes(value) + ": " + std::move(message);
}

std::string to_text(const std::vector<Mistake>& mistakes) {
  std::string text;
  for (const Mistake& mistake : mistakes) text += to_string(mistake) + "\n";
  return text;
}

}  // namespace exo

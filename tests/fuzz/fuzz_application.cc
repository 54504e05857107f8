// Any text may be an application.yml and the service.yml beside it, parted by a line "===": together they are
// an application within its limits, or mistakes with their places.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/check.h"
#include "services/application.h"

namespace exo {
namespace {

// In memory where that is possible, since it is written each time.
const std::filesystem::path& folder() {
  static const std::filesystem::path kFolder = [] {
    const std::filesystem::path memory = "/dev/shm";
    const auto parent =
        std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    std::string path = (parent / "exo-fuzz-XXXXXX").string();
    EXO_CHECK(mkdtemp(path.data()) != nullptr);
    std::atexit([] { std::filesystem::remove_all(folder()); });
    std::filesystem::create_directory(std::filesystem::path(path) / "todo");
    return std::filesystem::path(path);
  }();
  return kFolder;
}

void write(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

}  // namespace
}  // namespace exo

// The name is libFuzzer's.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kParting = "\n===\n";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find(kParting), text.size());
  exo::write(exo::folder() / "application.yml", text.substr(0, end));
  exo::write(exo::folder() / "todo" / "service.yml",
             text.substr(std::min(end + kParting.size(), text.size())));
  const auto loaded = exo::load_application(exo::folder().string());
  EXO_CHECK(loaded.application.has_value() == loaded.mistakes.empty());
  for (const exo::Mistake& mistake : loaded.mistakes) EXO_CHECK(!mistake.message.empty());
  return 0;
}

#include "tests/services/application_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/check.h"

namespace exo::testing_support {

ApplicationFolder::ApplicationFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "exo-XXXXXX").string();
  EXO_CHECK(::mkdtemp(pattern.data()) != nullptr);
  // What load_application() makes of it, where the folder for temporary files is a link.
  path_ = std::filesystem::canonical(pattern).string();
}

ApplicationFolder::~ApplicationFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ApplicationFolder& ApplicationFolder::with(const std::string& name, std::string_view content) {
  const std::filesystem::path file = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(file.parent_path());
  if (name.back() == '/') return *this;
  std::ofstream stream(file, std::ios::binary);
  stream << content;
  EXO_CHECK(stream.good());
  return *this;
}

}  // namespace exo::testing_support

// An application folder for a test: made of texts, gone with the test.
#pragma once

#include <string>
#include <string_view>

namespace exo::testing_support {

// Owns a folder with a short path and removes it with all that is in it.
class ApplicationFolder {
 public:
  ApplicationFolder();
  ~ApplicationFolder();
  ApplicationFolder(const ApplicationFolder&) = delete;
  ApplicationFolder& operator=(const ApplicationFolder&) = delete;

  const std::string& path() const { return path_; }
  // Writes a file and makes the folders above it; with a name that ends in "/", only the folder.
  ApplicationFolder& with(const std::string& name, std::string_view content);

 private:
  std::string path_;
};

// A service.yml that can be run and says nothing else.
inline constexpr std::string_view kPlainService = "development:\n  scripts:\n    run: node server.js\n";

}  // namespace exo::testing_support

// A file that comes into being whole, and never in the place of another.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace exo {

// What is written has a temporary name beside the file's until keep(); destroyed before, nothing is left. For
// its owner alone (0600). Errors have the codes of base/files.h. Movable; one thread at a time.
class FileWriter {
 public:
  // "exists" when something has that name already.
  static Result<FileWriter> begin(const std::string& path);
  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&&) = delete;
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter();

  Result<void> write(std::string_view bytes);
  // Gives it its name, durably. "exists" when something has got that name meanwhile.
  Result<void> keep();

 private:
  FileWriter(std::string path, std::string temporary, UniqueFd file);
  Result<void> flush();

  std::string path_;
  std::string temporary_;  // empty: moved from
  UniqueFd file_;
  std::string waiting_;  // bytes not handed to the system yet
};

}  // namespace exo

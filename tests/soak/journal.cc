#include "tests/soak/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace exo::soak {

Journal::Journal(const std::string& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (!file_) throw std::runtime_error("cannot write " + path);
}

void Journal::write(const MessageKey& key, Step step, std::uint8_t detail) {
  const Record record{.key = key, .step = step, .detail = detail};
  if (::write(file_.get(), &record, sizeof record) != static_cast<ssize_t>(sizeof record)) {
    throw std::runtime_error("cannot write the journal");
  }
}

void read_journal(const std::string& path, const std::function<void(const Record&)>& take) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  Record record;
  while (file.read(reinterpret_cast<char*>(&record), sizeof record)) take(record);
}

}  // namespace exo::soak

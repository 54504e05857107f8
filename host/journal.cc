#include "host/journal.h"

#include <string>

#include "base/clock.h"
#include "host/line_style.h"

namespace exo {

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& file, LogBounds bounds,
                                               Terminal& terminal) {
  auto log = OutputLog::open(file.string(), bounds);
  if (!log) return Error{"io", log.error().message};
  return std::unique_ptr<Journal>(new Journal(std::move(log).value(), terminal));
}

void Journal::say(std::string_view text) {
  write("info", text);
  terminal_.say(text);
}

void Journal::warn(std::string_view text) {
  write("warning", text);
  terminal_.warn(text);
}

void Journal::note(std::string_view text) {
  write("debug", text);
}

// A full disk must not fill the terminal with complaints: the file names what is missing in it.
void Journal::write(std::string_view level, std::string_view text) {
  (void)log_.append({std::string(level) + " " + to_printable(text, ColorMode::kPlain)}, unix_now());
}

}  // namespace exo

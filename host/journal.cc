#include "host/journal.h"

#include <fcntl.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <utility>

#include "base/files.h"
#include "base/unique_fd.h"

namespace exo {
namespace {

constexpr mode_t kLogMode = 0640;

}  // namespace

struct Journal::File {
  std::shared_ptr<spdlog::logger> logger;
};

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& file, Terminal& terminal) {
  // spdlog follows links. Nobody but exo may put one into the folder once this has found none.
  const UniqueFd own(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, kLogMode));
  if (!own) {
    return Error{"io", "cannot write the log file '" + file.string() + "': " + why_not_opened(errno)};
  }
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(file.string());
    auto logger = std::make_shared<spdlog::logger>("exo", std::move(sink));
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::debug);
    logger->flush_on(spdlog::level::debug);
    // A full disk must not fill the terminal with the logger's own complaints.
    logger->set_error_handler([](const std::string&) {});
    return std::unique_ptr<Journal>(new Journal(std::make_unique<File>(File{std::move(logger)}), terminal));
  } catch (const spdlog::spdlog_ex& failure) {
    return Error{"io", "cannot write the log file '" + file.string() + "': " + failure.what()};
  }
}

Journal::Journal(std::unique_ptr<File> file, Terminal& terminal)
    : file_(std::move(file)), terminal_(terminal) {}

Journal::~Journal() = default;

void Journal::say(std::string_view text) {
  file_->logger->info(to_printable(text, ColorMode::kPlain));
  terminal_.say(text);
}

void Journal::warn(std::string_view text) {
  file_->logger->warn(to_printable(text, ColorMode::kPlain));
  terminal_.warn(text);
}

void Journal::note(std::string_view text) {
  file_->logger->debug(to_printable(text, ColorMode::kPlain));
}

}  // namespace exo

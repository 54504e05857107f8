#include "host/journal.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace exo {

struct Journal::File {
  std::shared_ptr<spdlog::logger> logger;
};

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& file, Terminal& terminal) {
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

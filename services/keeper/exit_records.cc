#include "services/keeper/exit_records.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/files.h"

namespace exo {
namespace {

using Json = nlohmann::json;

constexpr mode_t kRecordMode = 0600;
constexpr const char* kByItself = "itself";
constexpr const char* kByRequest = "request";

void set_large_file_aside(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0 || found.st_size <= ExitRecords::kMaxBytes) return;
  std::rename(path.c_str(), (path + ".old").c_str());
}

// A file that was made, or set aside, is lost with what is in it when the power goes, until its name is on
// the disk. A file system that cannot be asked for that keeps names as it does.
bool keep_names(const std::string& folder) {
  const UniqueFd file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return file && (::fsync(file.get()) == 0 || errno == EINVAL);
}

// Ends the last line if a crash or a full disk left it without its end.
bool end_last_line(int file) {
  const off_t size = ::lseek(file, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(file, &last, 1, size - 1) != 1) return false;
  return last == '\n' || ::write(file, "\n", 1) == 1;
}

std::string path_of(const std::string& state_folder) {
  return state_folder + "/keeper.jsonl";
}

WaitStatus status_in(const Json& object) {
  const int signal = object.at("signal").get<int>();
  if (signal == 0) return WaitStatus::exited(object.at("code").get<int>());
  return object.at("core").get<bool>() ? WaitStatus::dumped_core(signal) : WaitStatus::signalled(signal);
}

ExitRecord record_in(const Json& object) {
  return {.exited = {.id = object.at("id").get<std::string>(),
                     .status = status_in(object),
                     .duration_ms = object.at("duration_ms").get<std::uint64_t>(),
                     .max_resident_kib = object.at("max_resident_kib").get<std::uint64_t>(),
                     .user_ms = object.at("user_ms").get<std::uint64_t>(),
                     .system_ms = object.at("system_ms").get<std::uint64_t>(),
                     .last_lines = object.at("last_lines").get<std::vector<std::string>>()},
          .role = object.at("role").get<std::string>(),
          .pid = object.at("pid").get<pid_t>(),
          .by = object.at("by").get<std::string>() == kByItself ? EndedBy::kItself : EndedBy::kRequest,
          .log = object.at("log").get<std::string>(),
          .at = {}};
}

void read_into(const std::string& path, std::vector<ExitRecord>& records) {
  std::ifstream lines(path, std::ios::binary);
  for (std::string line; std::getline(lines, line);) {
    if (auto record = parse_exit_record(line)) records.push_back(*std::move(record));
  }
}

}  // namespace

std::string encode(const ExitRecord& record) {
  const ProcessExited& exited = record.exited;
  const Json object = {{"id", exited.id},
                       {"role", record.role},
                       {"pid", record.pid},
                       {"code", exited.status.code()},
                       {"signal", exited.status.signal()},
                       {"core", exited.status.core()},
                       {"status", exited.status.describe()},
                       {"by", record.by == EndedBy::kItself ? kByItself : kByRequest},
                       {"duration_ms", exited.duration_ms},
                       {"max_resident_kib", exited.max_resident_kib},
                       {"user_ms", exited.user_ms},
                       {"system_ms", exited.system_ms},
                       {"log", record.log},
                       {"last_lines", exited.last_lines},
                       {"at", to_rfc3339(record.at)}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// The JSON library and record_in() report by exception; this is the edge where that ends.
std::optional<ExitRecord> parse_exit_record(std::string_view line) {
  try {
    return record_in(Json::parse(line));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Result<ExitRecords> ExitRecords::open(const std::string& state_folder) {
  const std::string path = path_of(state_folder);
  set_large_file_aside(path);
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, kRecordMode));
  if (!file) return Error{"records", "cannot open \"" + path + "\": " + why_not_opened(errno)};
  if (!keep_names(state_folder))
    return Error{"records", "cannot sync \"" + state_folder + "\": " + std::strerror(errno)};
  return ExitRecords(path, std::move(file));
}

std::optional<std::string> ExitRecords::append(const ExitRecord& record) {
  const std::string line = encode(record);
  errno = ENOSPC;  // what a short write means
  const bool written = end_last_line(file_.get()) &&
                       ::write(file_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fdatasync(file_.get()) == 0;
  const bool is_news = !written && !failing_;
  failing_ = !written;
  if (!is_news) return std::nullopt;
  return "cannot record in \"" + path_ + "\" how a process ended: " + std::strerror(errno);
}

std::vector<ExitRecord> read_exit_records(const std::string& state_folder) {
  std::vector<ExitRecord> records;
  read_into(path_of(state_folder) + ".old", records);
  read_into(path_of(state_folder), records);
  return records;
}

}  // namespace exo

#include "tests/ledger/ledger_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "base/check.h"
#include "base/unique_fd.h"
#include "ledger/sqlite_database.h"

namespace exo {
namespace {

void print_and_abort(const Error& error) {
  std::fprintf(stderr, "unexpected refusal: %s: %s\n", error.code.c_str(), error.message.c_str());
  std::abort();
}

template <typename T>
T or_abort(Result<T> result) {
  if (!result) print_and_abort(result.error());
  return std::move(result).value();
}

void or_abort(const Result<void>& result) {
  if (!result) print_and_abort(result.error());
}

std::string outcome(const Result<std::unique_ptr<SqliteLedger>>& ledger) {
  return ledger ? "opens" : ledger.error().code + ": " + ledger.error().message;
}

std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = ::read(fd, piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

// In memory where that is possible: the tests sync thousands of times, and none of them cuts the power.
LedgerFolder::LedgerFolder() : path_("/tmp/exo-ledger-XXXXXX") {
  if (::access("/dev/shm", W_OK) == 0) path_ = "/dev/shm/exo-ledger-XXXXXX";
  EXO_CHECK(::mkdtemp(path_.data()) != nullptr);
}

LedgerFolder::~LedgerFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

LedgerEvent sample_event(std::uint64_t n) {
  const std::string number = std::to_string(n);
  switch (n % 4) {
    case 0:
      return {.at = {n},
              .who = "ada",
              .host = "host-1",
              .type = "host-started",
              .details = R"({"pid":)" + number + "}"};
    case 1:
      return {.at = {n},
              .who = "exo",
              .host = "host-1",
              .type = "version-introduced",
              .role = "todo-search",
              .version = "0.0." + number};
    case 2:
      return {.at = {n},
              .who = "exo",
              .host = "host-1",
              .type = "attempt-started",
              .role = "todo-search",
              .version = "0.0.1",
              .phase = "online",
              .generation = 1,
              .run = "run-" + number,
              .attempt = n,
              .details = R"({"digest":")" + std::string(300, 'd') + R"("})"};
    default:
      return {.at = {n},
              .who = "żółw",
              .host = "host-1",
              .type = "gate-opened",
              .role = "todo",
              .version = "1.2.3",
              .generation = n};
  }
}

SqliteLedger::Options options_for(const std::string& folder, std::string host_id) {
  return {.folder = folder, .owner = this_process(std::move(host_id))};
}

std::unique_ptr<SqliteLedger> open_ledger(const std::string& folder) {
  return or_abort(SqliteLedger::open(options_for(folder)));
}

std::vector<LedgerEvent> fill(Ledger& ledger, std::uint64_t position) {
  while (ledger.position() < position) {
    or_abort(ledger.append(ledger.position(), sample_event(ledger.position() + 1)));
  }
  return all_events(ledger);
}

std::vector<LedgerEvent> all_events(Ledger& ledger) {
  return or_abort(ledger.read(1, std::numeric_limits<std::size_t>::max()));
}

std::string opening(const std::string& folder) {
  return outcome(SqliteLedger::open(options_for(folder)));
}

std::string opening_for_reading(const std::string& folder) {
  return outcome(SqliteLedger::open_for_reading(folder));
}

std::vector<LedgerEvent> write_and_crash(const std::string& folder, std::uint64_t count) {
  const std::string failed = in_child([&folder, count] {
    auto ledger = open_ledger(folder);
    fill(*ledger, count);
    static_cast<void>(ledger.release());  // never closed
    return std::string();
  });
  EXO_CHECK(failed.empty());
  // Read in a child too, since the last connection that closes empties the log.
  std::vector<LedgerEvent> events;
  auto reader = or_abort(SqliteLedger::open_for_reading(folder));
  return all_events(*reader);
}

std::vector<LedgerEvent> write_and_close(const std::string& folder, std::uint64_t count) {
  return fill(*open_ledger(folder), count);
}

void tamper(const std::string& folder, const std::string& sql) {
  SqliteDatabase database;
  or_abort(database.open(database_path(folder), SqliteMode::kReadWrite));
  std::vector<std::string> triggers;
  std::string drops;
  {
    auto rows = or_abort(database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"));
    while (or_abort(rows.step())) {
      drops += "DROP TRIGGER " + rows.text(0) + ";";
      triggers.push_back(rows.text(1));
    }
  }
  or_abort(database.execute(drops + sql));
  for (const std::string& trigger : triggers) or_abort(database.execute(trigger));
}

std::string content_of(const std::string& file) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  return content.str();
}

void set_content(const std::string& file, std::string_view content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

void truncate_to(const std::string& file, std::size_t size) {
  EXO_CHECK(::truncate(file.c_str(), static_cast<off_t>(size)) == 0);
}

void flip_byte(const std::string& file, std::size_t offset) {
  const UniqueFd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  char byte = 0;
  EXO_CHECK(::pread(fd.get(), &byte, 1, static_cast<off_t>(offset)) == 1);
  byte = static_cast<char>(~byte);
  EXO_CHECK(::pwrite(fd.get(), &byte, 1, static_cast<off_t>(offset)) == 1);
}

void copy_files(const std::string& from, const std::string& to) {
  std::filesystem::copy(from, to, std::filesystem::copy_options::overwrite_existing);
}

std::string in_child(const std::function<std::string()>& body) {
  std::array<int, 2> ends{};
  EXO_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  EXO_CHECK(child >= 0);
  if (child == 0) {
    const std::string result = body();
    const bool written =
        ::write(ends[1], result.data(), result.size()) == static_cast<ssize_t>(result.size());
    ::_exit(written ? 0 : 1);
  }
  const UniqueFd reader(ends[0]);
  UniqueFd(ends[1]).reset();
  std::string result = read_to_end(reader.get());
  int status = 0;
  EXO_CHECK(::waitpid(child, &status, 0) == child);
  if (status != 0) result += "(the child ended with wait status " + std::to_string(status) + ")";
  return result;
}

bool make_private_mounts() {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

}  // namespace exo

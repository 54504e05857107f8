// Preloaded into a program, this ends it by SIGKILL at a chosen moment: before or after it makes something
// durable, forks, says something to its keeper or host, gives its ledger an event, or notes in its log what
// it does next. A moment that one run has shown is found again in the next, by its number or its name.
//
// - EXO_KILL_PROGRAM: the program that is meant, "exo" or "exo-keeper"; whatever else it starts goes on
// untouched
// - EXO_KILL_LOG: a file to which each moment is added: its number and its name
// - EXO_KILL_LIKE: with what the names of the moments begin that are counted; all where it is not there
// - EXO_KILL_AT: the number of the moment at which it ends; none where it is not there
// - EXO_KILL_CHILD: where it is there, what ends at that moment is what it has forked last: a host's keeper
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view kHostLog = "/exo.log";

// What appends an event, and which of its parameters is the type (ledger/sqlite_event.cc).
constexpr std::string_view kAppend = "INSERT INTO events(";
constexpr int kTypeParameter = 7;

std::string link_target(const std::string& link) {
  std::string target(4096, '\0');
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  target.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return target;
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string path_of(int fd) {
  return link_target("/proc/self/fd/" + std::to_string(fd));
}

std::string text_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? "" : text;
}

template <typename Function>
Function next_of(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// The moments of this process's main thread, which decides and records; none in what it forks. The other
// threads come in another order each time.
class Moments {
 public:
  Moments() : is_meant_(file_name(link_target("/proc/self/exe")) == text_of("EXO_KILL_PROGRAM")) {
    const std::string at = text_of("EXO_KILL_AT");
    if (!at.empty()) at_ = std::stol(at);
    const std::string log = text_of("EXO_KILL_LOG");
    if (is_meant_ && !log.empty())
      log_ = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::pthread_atfork(nullptr, nullptr, [] { moments().is_meant_ = false; });
  }

  static Moments& moments() {
    static Moments all;
    return all;
  }

  bool is_meant() const { return is_meant_ && ::gettid() == ::getpid(); }

  void pass(const std::string& name) {
    if (!is_meant() || !name.starts_with(like_)) return;
    const long number = ++passed_;
    const std::string line = std::to_string(number) + " " + name + "\n";
    if (log_ >= 0) [[maybe_unused]]
      const ssize_t written = ::write(log_, line.data(), line.size());
    if (number == at_) ::kill(kills_child_ ? child_ : ::getpid(), SIGKILL);
  }

  // Of an event that is being appended; the syncs of the ledger that follow are for it.
  void pass_append(std::string_view type) {
    type_ = type;
    pass("append of " + type_);
  }

  void forked(pid_t child) {
    if (is_meant()) child_ = child;
  }

  std::string name_of_sync(std::string_view file) {
    const std::string name = "sync of " + std::string(file);
    return type_.empty() || !file.starts_with("ledger.") ? name : name + " for " + type_;
  }

  // The head is synced last.
  void synced(std::string_view file) {
    if (file == "ledger.head") type_.clear();
  }

 private:
  bool is_meant_;
  const std::string like_ = text_of("EXO_KILL_LIKE");
  long at_ = 0;
  int log_ = -1;
  long passed_ = 0;
  const bool kills_child_ = !text_of("EXO_KILL_CHILD").empty();
  pid_t child_ = ::getpid();  // before there is one, the program itself ends
  std::string type_;          // of the event that is being appended; empty when none is
};

template <typename Call>
auto around(const std::string& name, Call call) {
  Moments::moments().pass("before " + name);
  const auto result = call();
  Moments::moments().pass("after " + name);
  return result;
}

}  // namespace

extern "C" {

int fdatasync(int fildes) {
  static const auto kReal = next_of<int (*)(int)>("fdatasync");
  if (!Moments::moments().is_meant()) return kReal(fildes);
  const std::string path = path_of(fildes);
  const std::string_view file = file_name(path);
  const int result = around(Moments::moments().name_of_sync(file), [&] { return kReal(fildes); });
  Moments::moments().synced(file);
  return result;
}

int sqlite3_bind_text64(sqlite3_stmt* statement, int parameter, const char* text, sqlite3_uint64 size,
                        void (*destructor)(void*), unsigned char encoding) {
  static const auto kReal = next_of<decltype(&sqlite3_bind_text64)>("sqlite3_bind_text64");
  static const auto kSql = next_of<decltype(&sqlite3_sql)>("sqlite3_sql");
  if (parameter == kTypeParameter && std::string_view(kSql(statement)).starts_with(kAppend))
    Moments::moments().pass_append({text, size});
  return kReal(statement, parameter, text, size, destructor, encoding);
}

pid_t fork() {
  static const auto kReal = next_of<pid_t (*)()>("fork");
  return around("fork", [&] {
    const pid_t child = kReal();
    if (child > 0) Moments::moments().forked(child);
    return child;
  });
}

ssize_t send(int fd, const void* buf, size_t n, int flags) {
  static const auto kReal = next_of<ssize_t (*)(int, const void*, size_t, int)>("send");
  if (!Moments::moments().is_meant()) return kReal(fd, buf, n, flags);
  return around("a word to the other side", [&] { return kReal(fd, buf, n, flags); });
}

// What the host notes before it does it: "2026-11-20T21:02:59.407Z debug append attempt-started …".
ssize_t write(int fd, const void* buf, size_t n) {
  static const auto kReal = next_of<ssize_t (*)(int, const void*, size_t)>("write");
  const ssize_t written = kReal(fd, buf, n);
  if (!Moments::moments().is_meant() || !path_of(fd).ends_with(kHostLog)) return written;
  std::string text(static_cast<const char*>(buf), n);
  text = text.substr(0, text.find('\n'));
  const size_t noted = text.find(" debug ");
  if (noted != std::string::npos) Moments::moments().pass("note of " + text.substr(noted + 7));
  return written;
}

}  // extern "C"

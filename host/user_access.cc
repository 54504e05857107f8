#include "host/user_access.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <system_error>

#include "base/unique_fd.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using Deed = AccessQuestion::Deed;

int mode_of(Deed deed) {
  switch (deed) {
    case Deed::kEnter:
    case Deed::kExecute:
      return X_OK;
    case Deed::kRead:
      return R_OK;
    case Deed::kWrite:
      return W_OK;
  }
  EXO_CHECK(false);
}

// The child: a number for how becoming the user went, then one for each question.
[[noreturn]] void answer(const Credentials& user, const std::vector<AccessQuestion>& questions, int pipe) {
  const auto tell = [pipe](int number) {
    if (::write(pipe, &number, sizeof number) != static_cast<ssize_t>(sizeof number)) ::_exit(1);
  };
  if (!become(user)) {
    tell(errno);
    ::_exit(0);
  }
  tell(0);
  for (const AccessQuestion& question : questions)
    tell(::access(question.path.c_str(), mode_of(question.deed)) == 0 ? 0 : errno);
  ::_exit(0);
}

std::vector<int> read_numbers(int pipe) {
  std::vector<int> numbers;
  int number = 0;
  for (;;) {
    const ssize_t count = ::read(pipe, &number, sizeof number);
    if (count < 0 && errno == EINTR) continue;
    if (count != static_cast<ssize_t>(sizeof number)) return numbers;
    numbers.push_back(number);
  }
}

Error cannot_become(const UnixUser& user, int error_number) {
  return Error{"not-allowed", "exo may not become the user \"" + user.name +
                                  "\": " + std::strerror(error_number) +
                                  "; give it the right to change users (CAP_SETUID and CAP_SETGID)"};
}

}  // namespace

Result<std::vector<int>> ask_as(const UnixUser& user, const std::vector<AccessQuestion>& questions) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot_become(user, errno);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return cannot_become(user, errno);
  if (child == 0) answer(user.credentials, questions, writer.get());
  writer.reset();
  std::vector<int> numbers = read_numbers(reader.get());
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  if (numbers.empty() || numbers.front() != 0)
    return cannot_become(user, numbers.empty() ? ECHILD : numbers.front());
  numbers.erase(numbers.begin());
  if (numbers.size() != questions.size()) return cannot_become(user, ECHILD);
  return numbers;
}

Result<std::string> first_closed_folder(const UnixUser& user, const std::string& folder) {
  // A link would hide which folder it is that is closed.
  std::error_code error;
  fs::path real = fs::weakly_canonical(folder, error);
  if (error) real = folder;
  std::vector<AccessQuestion> questions;
  fs::path way;
  for (const fs::path& part : real) {
    way /= part;
    questions.push_back({.path = way.string(), .deed = Deed::kEnter});
  }
  const auto answers = ask_as(user, questions);
  if (!answers) return answers.error();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (answers.value()[i] == EACCES) return questions[i].path;
  }
  return std::string();
}

std::vector<std::string> folders_on_the_way(const std::string& path) {
  constexpr int kMaxLinks = 40;  // as the kernel's own
  std::vector<std::string> folders{"/"};
  const fs::path whole(path);
  std::deque<fs::path> left(whole.begin(), whole.end());
  fs::path here = "/";
  std::error_code error;
  for (int links = 0; !left.empty() && links <= kMaxLinks;) {
    const fs::path part = left.front();
    left.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "/" || part == "..") {  // means what it says: no link is in `here`
      here = part == "/" ? part : here.parent_path();
      continue;
    }
    const fs::path next = here / part;
    if (fs::is_symlink(fs::symlink_status(next, error))) {
      ++links;
      const fs::path target = fs::read_symlink(next, error);
      left.insert(left.begin(), target.begin(), target.end());
      continue;
    }
    if (!fs::is_directory(next, error)) break;
    here = next;
    folders.push_back(here.string());
  }
  return folders;
}

Result<ChangeablePath> first_changeable(const UnixUser& user, const std::vector<std::string>& paths) {
  std::vector<AccessQuestion> questions;
  questions.reserve(paths.size());
  for (const std::string& path : paths) questions.push_back({.path = path, .deed = Deed::kWrite});
  const auto answers = ask_as(user, questions);
  if (!answers) return answers.error();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    struct stat status {};
    if (::stat(paths[i].c_str(), &status) != 0) continue;
    if (status.st_uid == user.credentials.uid) return ChangeablePath{.path = paths[i], .is_owned = true};
    const bool is_guarded = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if (answers.value()[i] == 0 && !is_guarded) return ChangeablePath{.path = paths[i], .is_owned = false};
  }
  return ChangeablePath();
}

}  // namespace exo

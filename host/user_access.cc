#include "host/user_access.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
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

}  // namespace exo

#include "base/unsignalled_thread.h"

#include <pthread.h>

#include <csignal>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

// A thread that is made has the mask of who makes it.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all{};
    sigfillset(&all);
    EXO_CHECK(pthread_sigmask(SIG_SETMASK, &all, &before_) == 0);
  }
  ~AllSignalsBlocked() { EXO_CHECK(pthread_sigmask(SIG_SETMASK, &before_, nullptr) == 0); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

std::thread start_unsignalled_thread(std::function<void()> run) {
  const AllSignalsBlocked blocked;
  return std::thread(std::move(run));
}

}  // namespace exo

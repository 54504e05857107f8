#include "services/forwarder/forwarder_notices.h"

#include <chrono>
#include <utility>

namespace exo {
namespace {

constexpr std::chrono::seconds kPauseBetweenNotices{1};

}  // namespace

void ForwarderNotices::add(const std::string& text) {
  ++waiting_[text];
  if (!is_pause_) flush();
}

void ForwarderNotices::flush() {
  for (const auto& [text, count] : std::exchange(waiting_, {})) {
    events_.push(ForwarderNotice{count == 1 ? text : text + " (" + std::to_string(count) + " times)"});
  }
  is_pause_ = true;
  timer_.expires_after(kPauseBetweenNotices);
  timer_.async_wait([this](boost::system::error_code error) {
    is_pause_ = false;
    if (!error && !waiting_.empty()) flush();
  });
}

}  // namespace exo

#include "services/keeper/line_channel.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;
constexpr int kReadsPerTurn = 16;

bool would_block(int error) {
  return error == EAGAIN || error == EINTR;
}

}  // namespace

LineChannel::LineChannel(UniqueFd socket, std::size_t max_line)
    : socket_(std::move(socket)), max_line_(max_line) {
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  EXO_CHECK(flags >= 0 && ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK) == 0);
}

void LineChannel::send(std::string_view line) {
  EXO_CHECK(line.ends_with('\n'));
  if (!ended_) outgoing_ += line;
}

void LineChannel::flush() {
  while (wants_write()) {
    const ssize_t count = ::send(socket_.get(), outgoing_.data() + sent_, queued(), MSG_NOSIGNAL);
    if (count < 0 && would_block(errno)) break;
    if (count < 0) {
      // What the peer said before it left can still be read; its end shows there.
      outgoing_.clear();
      sent_ = 0;
      return;
    }
    sent_ += static_cast<std::size_t>(count);
  }
  if (sent_ < queued()) return;  // moving the rest to the front costs as much as it saves until then
  outgoing_.erase(0, sent_);
  sent_ = 0;
}

std::vector<std::string> LineChannel::receive() {
  std::vector<std::string> lines;
  for (int turn = 0; turn < kReadsPerTurn && !ended_; ++turn) {
    const std::size_t before = incoming_.size();
    incoming_.resize(before + kReadSize);
    const ssize_t count = ::recv(socket_.get(), incoming_.data() + before, kReadSize, 0);
    const int error = errno;
    incoming_.resize(before + static_cast<std::size_t>(count > 0 ? count : 0));
    if (count < 0 && would_block(error)) break;
    if (count <= 0) ended_ = true;
    split(lines);
  }
  return lines;
}

void LineChannel::finish_sending() {
  flush();
  ::shutdown(socket_.get(), SHUT_WR);
}

void LineChannel::split(std::vector<std::string>& lines) {
  std::size_t begin = 0;
  for (std::size_t end = incoming_.find('\n', scanned_); end != std::string::npos;
       end = incoming_.find('\n', begin)) {
    lines.push_back(incoming_.substr(begin, end - begin));
    begin = end + 1;
  }
  incoming_.erase(0, begin);
  scanned_ = incoming_.size();
  if (incoming_.size() <= max_line_) return;
  ended_ = true;
  fault_ = "a line of more than " + std::to_string(max_line_) + " bytes";
}

}  // namespace exo

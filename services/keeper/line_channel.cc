#include "services/keeper/line_channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;
constexpr int kReadsPerTurn = 16;
// Of one message of the kernel's; a peer that sends more at once is no host or keeper, and loses the rest.
constexpr std::size_t kMostDescriptors = 16;
// Not taken yet: each belongs to a line, and lines are taken at once.
constexpr std::size_t kMostReceived = 256;

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

void LineChannel::send(std::string_view line, UniqueFd descriptor) {
  if (ended_) return;
  attached_.push_back({.at = outgoing_.size(), .descriptor = std::move(descriptor)});
  send(line);
}

void LineChannel::flush() {
  while (wants_write()) {
    const ssize_t count = send_some();
    if (count < 0 && would_block(errno)) break;
    if (count < 0) {
      // What the peer said before it left can still be read; its end shows there.
      outgoing_.clear();
      attached_.clear();
      sent_ = 0;
      return;
    }
    if (!attached_.empty() && attached_.front().at == sent_) attached_.pop_front();
    sent_ += static_cast<std::size_t>(count);
  }
  if (sent_ < queued()) return;  // moving the rest to the front costs as much as it saves until then
  outgoing_.erase(0, sent_);
  for (Attached& each : attached_) each.at -= sent_;
  sent_ = 0;
}

// Up to the next byte that a descriptor goes with.
ssize_t LineChannel::send_some() {
  const bool with_descriptor = !attached_.empty() && attached_.front().at == sent_;
  const std::size_t next = with_descriptor ? 1 : 0;
  const std::size_t end = attached_.size() > next ? attached_[next].at : outgoing_.size();
  iovec bytes{outgoing_.data() + sent_, end - sent_};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (with_descriptor) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int descriptor = attached_.front().descriptor.get();
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  return ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
}

std::vector<std::string> LineChannel::receive() {
  std::vector<std::string> lines;
  for (int turn = 0; turn < kReadsPerTurn && !ended_; ++turn) {
    const std::size_t before = incoming_.size();
    incoming_.resize(before + kReadSize);
    const ssize_t count = receive_some(incoming_.data() + before, kReadSize);
    const int error = errno;
    incoming_.resize(before + static_cast<std::size_t>(count > 0 ? count : 0));
    if (count < 0 && would_block(error)) break;
    if (count <= 0) ended_ = true;
    split(lines);
  }
  return lines;
}

ssize_t LineChannel::receive_some(char* into, std::size_t size) {
  iovec bytes{into, size};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> control{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t count = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
  if (count < 0) return count;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t held = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < held; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(header) + i * sizeof descriptor, sizeof descriptor);
      UniqueFd received(descriptor);
      if (received_.size() < kMostReceived) received_.push_back(std::move(received));
    }
  }
  return count;
}

UniqueFd LineChannel::take_descriptor() {
  if (received_.empty()) return UniqueFd();
  UniqueFd first = std::move(received_.front());
  received_.pop_front();
  return first;
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

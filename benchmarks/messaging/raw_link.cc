// A unix socket with nothing around it: each message is its size and its bytes. In the mode `direct` the
// answerer listens and the asker connects to it, else both connect to the forwarder.
#include <poll.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "benchmarks/messaging/link.h"
#include "benchmarks/messaging/numbered_payload.h"
#include "benchmarks/messaging/stream_socket.h"

namespace exo::messaging {

namespace {

constexpr std::size_t kBufferBytes = 65536;
using Size = std::uint32_t;

class RawLink final : public Link {
 public:
  RawLink(const Place& place, Callbacks callbacks) : part_(place.part), callbacks_(std::move(callbacks)) {
    if (part_ != Part::kAsker && part_ != Part::kAnswerer)
      throw std::runtime_error("bare sockets only answer");
    if (place.mode == "direct" && part_ == Part::kAnswerer) {
      listening_ = listen_at(place.address);
    } else {
      socket_ = connect_to(place.address);
    }
    buffer_.resize(kBufferBytes);
  }

  void ask(std::uint64_t, std::string_view payload) override { write_message(payload); }
  bool send(std::string_view) override { return false; }
  bool all_sent() override { return true; }
  void finish() override {}

  void turn(Wait wait) override {
    if (!socket_) socket_ = accept_from(listening_);
    if (wait == Wait::kNo) return;
    const ssize_t size = ::read(socket_.get(), buffer_.data() + used_, buffer_.size() - used_);
    check_call(size >= 0, "read");
    if (size == 0) throw std::runtime_error("the other end has gone");
    used_ += static_cast<std::size_t>(size);
    take_messages();
  }

 private:
  void write_message(std::string_view payload) {
    const Size size = static_cast<Size>(payload.size());
    out_.assign(reinterpret_cast<const char*>(&size), sizeof size);
    out_.append(payload);
    write_all(socket_, out_);
  }

  void take_messages() {
    std::size_t begin = 0;
    Size size = 0;
    while (used_ - begin >= sizeof size) {
      std::memcpy(&size, buffer_.data() + begin, sizeof size);
      if (used_ - begin - sizeof size < size) break;
      take({buffer_.data() + begin + sizeof size, size});
      begin += sizeof size + size;
    }
    std::memmove(buffer_.data(), buffer_.data() + begin, used_ - begin);
    used_ -= begin;
  }

  void take(std::string_view payload) {
    if (part_ == Part::kAnswerer) return write_message(payload);
    Mark mark;
    if (payload.size() < sizeof mark) throw std::runtime_error("a message that is too short");
    std::memcpy(&mark, payload.data(), sizeof mark);
    callbacks_.on_answer(mark.number, payload);
  }

  Part part_;
  Callbacks callbacks_;
  UniqueFd listening_;
  UniqueFd socket_;
  std::vector<char> buffer_;
  std::size_t used_ = 0;
  std::string out_;
};

}  // namespace

std::unique_ptr<Link> open_link(const Place& place, Link::Callbacks callbacks) {
  return std::make_unique<RawLink>(place, std::move(callbacks));
}

}  // namespace exo::messaging

// One end of the socket between host and keeper: lines out, lines in, never waiting.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace exo {

// A stream socket that carries lines. It never blocks: what the socket does not take is queued, and the owner
// polls fd() for writing while wants_write(). The queue has no bound of its own: whoever sends more than a
// few lines asks has_room() first. Not thread-safe.
class LineChannel {
 public:
  // Queued bytes from which has_room() is false: some seconds of a fleet's output, and little memory.
  static constexpr std::size_t kQueueLimit = std::size_t{4} * 1024 * 1024;

  // Makes the socket non-blocking. Lines from the peer above `max_line` end the channel.
  LineChannel(UniqueFd socket, std::size_t max_line);

  int fd() const { return socket_.get(); }
  // Nothing more comes or can be sent: the peer has closed its end, or broke the rules (see fault()).
  bool ended() const { return ended_; }
  // Why the channel ended although the peer did not; "" otherwise.
  const std::string& fault() const { return fault_; }

  // Queues `line`, which has its end. After the end it does nothing.
  void send(std::string_view line);
  // The same, and with it the descriptor, which travels with the first byte of the line (unix(7),
  // SCM_RIGHTS). On the other side it is there at the latest when the line is.
  void send(std::string_view line, UniqueFd descriptor);
  bool has_room() const { return queued() < kQueueLimit; }
  bool wants_write() const { return !ended_ && queued() > 0; }
  // Hands the socket what it takes now.
  void flush();

  // Takes lines that have arrived, without their ends; at most about a megabyte at a time, so that one
  // talkative peer does not take all turns. The rest makes fd() readable again.
  std::vector<std::string> receive();

  // The first descriptor that has come and was not taken; invalid where there is none. Close-on-exec.
  UniqueFd take_descriptor();

  // Says that nothing more will be sent; the peer's lines can still be received.
  void finish_sending();

 private:
  struct Attached {
    std::size_t at = 0;  // the byte of outgoing_ that it goes with
    UniqueFd descriptor;
  };

  std::size_t queued() const { return outgoing_.size() - sent_; }
  ssize_t send_some();
  ssize_t receive_some(char* into, std::size_t size);
  void split(std::vector<std::string>& lines);

  UniqueFd socket_;
  std::size_t max_line_;
  std::string outgoing_;
  std::size_t sent_ = 0;           // the bytes of outgoing_ that the socket has taken
  std::deque<Attached> attached_;  // of what is queued
  std::deque<UniqueFd> received_;  // descriptors
  std::string incoming_;           // without a line end between calls
  std::size_t scanned_ = 0;        // the bytes of incoming_ known to hold no line end
  bool ended_ = false;
  std::string fault_;
};

}  // namespace exo

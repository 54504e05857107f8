// One end of a conversation over one transport: what exo's bus and its peers all can do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace exo::messaging {

// An asker gets each of its payloads back from an answerer; what senders send goes to the one receiver.
enum class Part : std::uint8_t { kAsker, kAnswerer, kSender, kReceiver };

struct Place {
  std::string address;  // as the transport's own library takes it
  std::string mode;     // one of the transport's ways to work; empty: its usual one
  Part part = Part::kAsker;
  std::size_t index = 0;  // tells the links of one process apart
  std::size_t links = 1;  // of this process
};

enum class Wait : std::uint8_t { kNo, kForSomething };

// For one thread. What goes wrong is an exception: a benchmark has nothing to fall back to.
class Link {
 public:
  struct Callbacks {
    std::function<void(std::uint64_t number, std::string_view payload)> on_answer;  // of an asker
    std::function<void(std::string_view payload)> on_message;                       // of a receiver
  };

  Link() = default;
  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // The number travels however the transport tells answers apart; the payload begins with it, too.
  virtual void ask(std::uint64_t number, std::string_view payload) = 0;
  // False: there is no room, and nothing is sent; turn() waits for some.
  [[nodiscard]] virtual bool send(std::string_view payload) = 0;
  // Handles what is at hand (an answerer answers it), and first waits a while for something if that is
  // wanted.
  virtual void turn(Wait wait) = 0;
  // Whether nothing that was sent is kept here; turn() makes it so.
  virtual bool all_sent() = 0;
  // Leaves, when all is sent.
  virtual void finish() = 0;
};

// Connected, and whoever sends to it from now on reaches it. Each transport's program defines it.
std::unique_ptr<Link> open_link(const Place& place, Link::Callbacks callbacks);

}  // namespace exo::messaging

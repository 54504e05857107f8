// The forwarder's lines for the log, held back when there are too many.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <map>
#include <string>

#include "services/forwarder/event_queue.h"

namespace exo {

// Pushes the first of its kind at once, and those within the next second counted. One thread, that of `io`.
class ForwarderNotices {
 public:
  ForwarderNotices(boost::asio::io_context& io, EventQueue& events) : events_(events), timer_(io) {}

  void add(const std::string& text);

 private:
  void flush();

  EventQueue& events_;
  std::map<std::string, std::size_t> waiting_;  // texts not yet told, with how often
  boost::asio::steady_timer timer_;
  bool is_pause_ = false;
};

}  // namespace exo

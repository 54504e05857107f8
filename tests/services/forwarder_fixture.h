// A forwarder with the port of one role, "web", and services that it may lead to.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "services/forwarder/forwarder.h"
#include "tests/services/sockets.h"

namespace exo {

using testing_support::connect_to;
using testing_support::Connection;
using testing_support::Server;
using testing_support::SilentPort;

inline ForwardingTarget target(std::string version, std::uint16_t port, double share = 1) {
  ForwardingTarget result;
  result.version = std::move(version);
  result.port = port;
  result.share = share;
  return result;
}

// Says who it is, and ends.
inline Server::Serve greeting(const std::string& text) {
  return [text](Connection& connection) { connection.send(text); };
}

inline void echo(Connection& connection) {
  for (;;) {
    const std::string bytes = connection.receive(1);
    if (bytes.empty() || !connection.send(bytes)) return;
  }
}

inline std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

class ForwarderTest : public testing::Test {
 protected:
  void start(Forwarder::Options options = {}) {
    auto started = Forwarder::start(options);
    ASSERT_TRUE(started.ok());
    forwarder_ = std::move(started).value();
  }

  // Makes the port of the role "web", with a short patience so that refusals need no waiting.
  void start_web(Forwarder::Options options = {}) {
    start(options);
    const auto port = forwarder_->listen({.role = "web"});
    ASSERT_TRUE(port.ok()) << port.error().message;
    port_ = port.value();
  }

  void publish(std::vector<ForwardingTarget> targets, std::string state = "") {
    auto table = std::make_shared<ForwardingTable>();
    table->position = ++position_;
    table->roles.push_back(
        {.role = "web", .targets = std::move(targets), .state = std::move(state), .held = {}});
    forwarder_->publish(table);
  }

  void hold(std::vector<ForwardingTarget> targets, std::vector<std::string> versions) {
    auto table = std::make_shared<ForwardingTable>();
    table->position = ++position_;
    table->roles.push_back(
        {.role = "web", .targets = std::move(targets), .state = "", .held = std::move(versions)});
    forwarder_->publish(table);
    while (next<ForwardingInEffect>().position < position_) continue;
  }

  // The next event of this kind; the others are left for later questions.
  template <typename Event>
  Event next() {
    for (;;) {
      const auto found = std::find_if(events_.begin(), events_.end(), [](const ForwarderEvent& event) {
        return std::holds_alternative<Event>(event);
      });
      if (found != events_.end()) {
        const Event event = std::get<Event>(*found);
        events_.erase(found);
        return event;
      }
      pollfd wait{.fd = forwarder_->event_fd(), .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 20'000) != 1) {
        ADD_FAILURE() << "the event did not come";
        return {};
      }
      for (ForwarderEvent& event : forwarder_->take_events()) events_.push_back(std::move(event));
    }
  }

  void publish_and_wait(std::vector<ForwardingTarget> targets, std::string state = "") {
    publish(std::move(targets), std::move(state));
    while (next<ForwardingInEffect>().position != position_) {
    }
  }

  std::string ask() { return connect_to(port_).receive_all(); }

  void wait_for_connections(std::size_t count) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (forwarder_->connection_count() != count) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << forwarder_->connection_count() << " connections";
      std::this_thread::yield();
    }
  }

  std::unique_ptr<Forwarder> forwarder_;
  std::uint16_t port_ = 0;
  std::uint64_t position_ = 0;
  std::deque<ForwarderEvent> events_;
};

inline bool begins_with(const std::string& text, const std::string& beginning) {
  return text.compare(0, beginning.size(), beginning) == 0;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace exo

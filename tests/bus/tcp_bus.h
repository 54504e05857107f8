// A broker that listens on TCP with keys, as tests need it.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "bus/broker.h"
#include "tests/bus/raw_peer.h"

namespace exo {

class TcpBusTest : public testing::Test {
 protected:
  TcpBusTest() {
    std::array<char, 32> name{"/tmp/exo-tcp-XXXXXX"};
    folder_ = ::mkdtemp(name.data());
    start({});
  }
  ~TcpBusTest() override {
    broker_.reset();
    std::filesystem::remove_all(folder_);
  }
  // todo-1 and web-1 are admitted, each with a key of its own.
  void start(routing::DoorPeers::Limits limits,
             std::chrono::milliseconds handshake_within = std::chrono::seconds(10),
             routing::DoorPeers::Limits ipc_limits = routing::kIpcLimits) {
    broker_.reset();
    events_.clear();
    auto started = Broker::start({.endpoint = "ipc://" + (folder_ / "bus").string(),
                                  .environment = "test",
                                  .ipc_limits = ipc_limits,
                                  .tcp = routing::TcpListening{.endpoint = "tcp://127.0.0.1:0",
                                                               .keys = server_,
                                                               .limits = limits,
                                                               .handshake_within = handshake_within}});
    EXO_CHECK(started.ok());
    broker_ = std::move(started).value();
    RoutingPlan plan{.position = 1};
    plan.versions.push_back(
        {.role = "todo", .version = "1.0.0", .receives = {"todos.list"}, .gate = Gate::kOpen, .share = 1});
    plan.versions.push_back(
        {.role = "web", .version = "1.0.0", .sends = {"todos.list"}, .gate = Gate::kOpen, .share = 1});
    broker_->publish(RoutingTable::compile(plan));
    admit("todo", todo_);
    admit("web", web_);
  }
  void admit(const std::string& role, const CurveKeys& keys) {
    broker_->admit({.instance = role + "-1",
                    .role = role,
                    .version = "1.0.0",
                    .token = "secret",
                    .public_key = keys.public_key});
  }
  RawPeer::Options with(const CurveKeys& keys) const {
    return {.curve = {.server_key = server_.public_key, .own = keys}};
  }
  const std::string& tcp() const { return broker_->tcp_endpoint(); }
  const std::string& ipc() const { return broker_->endpoint(); }

  // Waits for an event of this type that `fits`. Others are kept: the broker and its doorkeeper tell what
  // they see each for itself, so that their order says nothing.
  template <typename Event, typename Fits>
  Event wait_for(const Fits& fits) {
    for (std::size_t seen = 0;; ++seen) {
      while (seen == events_.size()) take_more_events();
      auto* event = std::get_if<Event>(&events_[seen]);
      if (!event || !fits(*event)) continue;
      Event found = std::move(*event);
      events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(seen));
      return found;
    }
  }
  template <typename Event>
  Event wait_for() {
    return wait_for<Event>([](const Event&) { return true; });
  }
  // The next notice with these words.
  std::string wait_for_notice(const std::string& words) {
    return wait_for<BrokerNotice>(
               [&](const BrokerNotice& notice) { return notice.text.find(words) != std::string::npos; })
        .text;
  }
  void take_more_events() {
    pollfd ready{broker_->event_fd(), POLLIN, 0};
    const bool more_have_come = ::poll(&ready, 1, 20'000) == 1;
    for (const BrokerEvent& event : events_) {
      const auto* notice = std::get_if<BrokerNotice>(&event);
      if (notice && !more_have_come) ADD_FAILURE() << "heard: " << notice->text;
    }
    EXO_CHECK(more_have_come);
    for (BrokerEvent& event : broker_->take_events()) events_.push_back(std::move(event));
  }
  // Whether the line tells where somebody came from, as far as that can be known: who is turned away at once
  // may be gone before the door has looked.
  static bool names_its_address(const std::string& line, const std::string& address) {
    return line.find(address) != std::string::npos ||
           line.find("a program that was gone at once") != std::string::npos;
  }
  // The bus works: whoever belongs here comes in.
  void expect_todo_comes_in() {
    RawPeer todo(tcp(), with(todo_));
    todo.register_as("todo", "1.0.0", "todo-1");
    EXPECT_EQ(todo.receive().header.kind, Kind::kRegistered);
    HeaderView goodbye;
    goodbye.kind = Kind::kGoodbye;
    todo.send(goodbye);
    todo.receive(Kind::kGoodbye);
  }

  std::filesystem::path folder_;
  CurveKeys server_ = make_curve_keys();
  CurveKeys todo_ = make_curve_keys();
  CurveKeys web_ = make_curve_keys();
  std::unique_ptr<Broker> broker_;
  std::vector<BrokerEvent> events_;  // nobody has waited for yet
};

}  // namespace exo

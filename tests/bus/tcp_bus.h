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

  // Waits for an event of this type; those before it are dropped.
  template <typename Event>
  Event wait_for() {
    while (true) {
      for (; next_event_ < events_.size(); ++next_event_) {
        if (auto* event = std::get_if<Event>(&events_[next_event_])) {
          ++next_event_;
          return std::move(*event);
        }
      }
      pollfd ready{broker_->event_fd(), POLLIN, 0};
      EXO_CHECK(::poll(&ready, 1, 20'000) == 1);
      events_ = broker_->take_events();
      next_event_ = 0;
    }
  }
  // The next notice with these words.
  std::string wait_for_notice(const std::string& words) {
    while (true) {
      const std::string text = wait_for<BrokerNotice>().text;
      if (text.find(words) != std::string::npos) return text;
    }
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
  std::vector<BrokerEvent> events_;
  std::size_t next_event_ = 0;
};

}  // namespace exo

// A service of the todo application on a relay, with a broker that the test plays.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/relay/fake_broker.h"
#include "tests/todo-app/temporary_folder.h"

namespace todo_app {

// Asks the service as the bus would; everything happens in the test's thread.
template <typename Service>
class ServiceFixture : public testing::Test, public exo::RelayFixture {
 public:
  ServiceFixture() : service_(std::make_unique<Service>(relay(), path())) { connect(); }

  std::string path() const { return folder_.file("data.db"); }
  // The reply's payload; of a streamed one the list of all pages.
  exo::Value ask(std::string_view name, const exo::Value& payload = {}) {
    deliver(name, ++sequence_, payload, exo::Expects::kOne);
    const std::string id = "c-" + std::to_string(sequence_);
    exo::Value::List gathered;
    while (true) {
      const exo::Heard reply = hear(exo::Kind::kReply);
      reply_name = reply.header.name;
      exo::Value value = reply.value();
      if (!reply.header.more && reply.header.page == 0) return value;
      for (auto& element : *value.list()) gathered.push_back(std::move(element));
      if (!reply.header.more) return gathered;
      take_page(id, reply.header.page);
    }
  }
  // Why a command failed.
  std::string refusal(std::string_view name, const exo::Value& payload = {}) {
    deliver(name, ++sequence_, payload, exo::Expects::kOne);
    return std::string(hear(exo::Kind::kFailed).header.reason);
  }
  // A command that nobody waits for.
  void tell(std::string_view name, const exo::Value& payload) { deliver(name, ++sequence_, payload); }

  std::string reply_name;  // of the last reply

 private:
  void take_page(const std::string& id, std::uint64_t page) {
    exo::HeaderView header;
    header.kind = exo::Kind::kWindow;
    header.response_to = id;
    header.pages = page + 9;
    send(header);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Service> service_;
  std::uint64_t sequence_ = 0;
};

}  // namespace todo_app

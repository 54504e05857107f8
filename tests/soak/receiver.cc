#include "tests/soak/receiver.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <utility>

#include "tests/soak/journal.h"
#include "tests/soak/message.h"

namespace exo::soak {
namespace {

// Slow answers that are kept back at a time; one more, and the oldest is given.
constexpr std::size_t kSlowAnswers = 32;

class Receiver {
 public:
  Receiver(const RelayOptions& options, const std::string& journal) : journal_(journal), relay_(options) {
    if (options.role == "store") {
      handle("store.put", [](const Command& /*command*/, const Reply& /*reply*/) {});
      handle("store.ask",
             [](const Command& command, Reply reply) { reply.send("answered", command.payload); });
      return;
    }
    handle("desk.note", [](const Command& /*command*/, const Reply& /*reply*/) {});
    handle("desk.ask", [](const Command& command, Reply reply) { reply.send("answered", command.payload); });
    handle("desk.list", [](const Command& command, Reply reply) { list(command.payload, std::move(reply)); });
    handle("desk.slow",
           [this](const Command& command, Reply reply) { answer_later(command.payload, std::move(reply)); });
    handle("desk.fail", [](const Command& /*command*/, const Reply& /*reply*/) {
      throw std::runtime_error("it was to fail");
    });
  }

  void run() {
    const auto ended = relay_.run_until_signal();
    if (!ended.ok()) throw std::runtime_error(ended.error().code + ": " + ended.error().message);
  }

 private:
  void handle(const std::string& name, Relay::Handler handler) {
    relay_.handle(name, [this, handler = std::move(handler)](const Command& command, Reply reply) {
      note(command);
      handler(command, std::move(reply));
    });
  }

  void note(const Command& command) {
    const ReadMessage read = read_message(command.payload);
    journal_.write(read.key, command.redelivered ? Step::kDeliveredAgain : Step::kDelivered);
    if (!read.intact) journal_.write(read.key, Step::kDamaged);
  }

  // The filling, in as many pages as the message says.
  static void list(const Value& payload, Reply reply) {
    const ReadMessage read = read_message(payload);
    const std::size_t piece = (read.size + read.pages - 1) / read.pages;
    std::size_t given = 0;
    reply.stream("listed", [read, piece, given]() mutable -> Result<Page> {
      const std::string_view bytes = filling(read.key, read.size).substr(given, piece);
      given += bytes.size();
      return Page{.items = {Value(Value::Binary{std::string(bytes)})}, .more = given < read.size};
    });
  }

  void answer_later(const Value& payload, Reply reply) {
    const std::uint64_t number = ++last_slow_;
    const auto kept = slow_.emplace(number, std::pair(std::move(reply), payload)).first;
    kept->second.first.on_cancelled([this, number] { slow_.erase(number); });
    if (slow_.size() <= kSlowAnswers) return;
    auto [answer, content] = std::move(slow_.begin()->second);
    slow_.erase(slow_.begin());
    answer.send("answered", content);
  }

  Journal journal_;
  std::uint64_t last_slow_ = 0;
  std::map<std::uint64_t, std::pair<Reply, Value>> slow_;
  Relay relay_;
};

}  // namespace

void receive_messages(const RelayOptions& options, const std::string& journal) {
  Receiver(options, journal).run();
}

}  // namespace exo::soak

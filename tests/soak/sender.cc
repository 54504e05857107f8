#include "tests/soak/sender.h"

#include <deque>
#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "tests/soak/journal.h"
#include "tests/soak/message.h"

namespace exo::soak {
namespace {

using std::chrono::milliseconds;

// Messages of one sender that are under way: enough to go on where one receiver has stopped with all that it
// may have.
constexpr std::size_t kUnderWay = 500;
constexpr int kMessagesPerTurn = 64;
// Ids of messages that want nothing, by which their errors name them. What the bus has not settled is among
// the last of them.
constexpr std::size_t kRememberedIds = 50'000;
constexpr std::uint32_t kWithdrawnAfter = 40;  // further messages
constexpr std::size_t kMostPages = 20;         // more than may go without the asker's word
constexpr milliseconds kTooShort{20};
constexpr std::chrono::hours kLong{1};

// What a request wants, and how much of it has come.
struct Asked {
  MessageKey key;
  std::size_t size = 0;
  bool in_pages = false;
  std::size_t received = 0;  // bytes of the pages
  bool intact = true;

  void take(const Value& payload) {
    if (in_pages) return take_page(payload);
    const ReadMessage read = read_message(payload);
    intact = read.intact && read.key.number == key.number && read.key.sender == key.sender;
    received = read.size;
  }
  bool is_whole() const { return intact && received == size; }

 private:
  void take_page(const Value& page) {
    if (page.list() == nullptr) {
      intact = false;
      return;
    }
    for (const Value& piece : *page.list()) take_piece(piece);
  }
  void take_piece(const Value& piece) {
    const auto* bytes = piece.binary();
    intact = intact && bytes != nullptr && received + bytes->bytes.size() <= size &&
             bytes->bytes == filling(key, size).substr(received, bytes->bytes.size());
    if (intact) received += bytes->bytes.size();
  }
};

void expect(const Result<void>& outcome) {
  if (!outcome.ok()) throw std::runtime_error(outcome.error().code + ": " + outcome.error().message);
}

class Sender {
 public:
  Sender(const SenderPart& part, Control& control)
      : number_(part.number),
        control_(control),
        journal_(part.journal),
        random_(part.seed),
        relay_(part.relay) {
    relay_.on_unhandled_error([this](std::string_view name, std::string_view id, const Error& error) {
      if (name.empty()) throw std::runtime_error(error.code + ": " + error.message);
      failed(key_of(id), error);
    });
    expect(relay_.connect(std::chrono::minutes(1)));
  }

  void run() {
    while (!control_.ending || under_way() > 0) {
      if (control_.ending) withdraw(0);
      for (int i = 0; i < kMessagesPerTurn && !control_.ending && under_way() < kUnderWay; ++i) send_one();
      expect(relay_.poll(milliseconds(20)));
    }
    relay_.close();
    expect(relay_.run());
  }

 private:
  std::size_t under_way() const { return relay_.unaccepted() + relay_.unsettled() + asked_; }

  void send_one() {
    const MessageKind kind = kind_of_share(random_.below(100));
    const MessageKey key{number_, count_++};
    const std::size_t size = log_uniform_size(random_);
    const Value payload = make_message(key, size, 1 + random_.below(kMostPages));
    journal_.write(key, Step::kSent, static_cast<std::uint8_t>(kind));
    ++control_.sent;
    if (rules_of(kind).asks) {
      ask(kind, {.key = key, .size = size, .in_pages = rules_of(kind).in_pages}, payload);
    } else {
      tell(kind, key, payload);
    }
    withdraw(kWithdrawnAfter);
  }

  void tell(MessageKind kind, const MessageKey& key, const Value& payload) {
    const auto settled = [this, key](const Result<void>& outcome) {
      if (!outcome.ok()) return failed(key, outcome.error());
      journal_.write(key, Step::kAccepted);
    };
    const auto sent = relay_.send(rules_of(kind).name, payload, {.timeout = kLong}, settled);
    if (!sent.ok()) return journal_.write(key, Step::kRefused);
    remember(relay_.last_id(), key);
  }

  void ask(MessageKind kind, const Asked& wanted, const Value& payload) {
    RequestOptions options{.send = {.timeout = kLong}};
    if (kind == MessageKind::kPages) options.pages = Pages::kEach;
    if (kind == MessageKind::kHurried) options.send.timeout = kTooShort;
    ++asked_;
    const auto asked = std::make_shared<Asked>(wanted);
    const auto sent = relay_.request(rules_of(kind).name, payload, options,
                                     [this, asked](const Result<Answer>& answer) { take(*asked, answer); });
    if (!sent.ok()) {
      --asked_;
      return journal_.write(wanted.key, Step::kRefused);
    }
    if (kind == MessageKind::kWithdrawn) to_withdraw_.emplace_back(count_, sent.value());
  }

  void take(Asked& asked, const Result<Answer>& answer) {
    if (answer.ok()) asked.take(answer.value().payload);
    if (answer.ok() && answer.value().more) return;
    --asked_;
    if (!answer.ok()) return failed(asked.key, answer.error());
    if (!asked.is_whole()) journal_.write(asked.key, Step::kDamaged);
    journal_.write(asked.key, Step::kAnswered);
  }

  void failed(const MessageKey& key, const Error& error) {
    journal_.write(key, Step::kFailed, static_cast<std::uint8_t>(failure_of(error.code)));
  }

  // Those after which so many others were sent.
  void withdraw(std::uint32_t others) {
    while (!to_withdraw_.empty() && to_withdraw_.front().first + others <= count_) {
      to_withdraw_.front().second.cancel();
      to_withdraw_.pop_front();
    }
  }

  void remember(std::string id, const MessageKey& key) {
    ids_.push_back(id);
    keys_.emplace(std::move(id), key);
    if (ids_.size() <= kRememberedIds) return;
    keys_.erase(ids_.front());
    ids_.pop_front();
  }
  // An error of a message that was not sent, or long ago, shows in the account as one of no message.
  MessageKey key_of(std::string_view id) const {
    const auto found = keys_.find(std::string(id));
    return found == keys_.end() ? MessageKey{number_, static_cast<std::uint32_t>(-1)} : found->second;
  }

  std::uint32_t number_;
  Control& control_;
  Journal journal_;
  Random random_;
  std::uint32_t count_ = 0;
  std::size_t asked_ = 0;  // requests without an outcome
  std::deque<std::pair<std::uint32_t, Request>> to_withdraw_;
  std::deque<std::string> ids_;
  std::unordered_map<std::string, MessageKey> keys_;
  Relay relay_;
};

}  // namespace

void send_messages(const SenderPart& part, Control& control) {
  Sender(part, control).run();
}

}  // namespace exo::soak

#include "tests/soak/message.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/check.h"

namespace exo::soak {
namespace {

constexpr std::size_t kSmallest = 16;
constexpr std::size_t kLargest = 64 * 1024;
constexpr std::size_t kOffsets = 4096;

// In the order of MessageKind.
constexpr std::array<MessageRules, kMessageKinds> kRules = {{
    {.name = "desk.note", .words = "one way", .share = 38, .failures = {Failure::kReceiverLost}},
    {.name = "store.put", .words = "one way, at least once", .share = 30, .at_least_once = true},
    {.name = "desk.ask", .words = "request", .share = 10, .asks = true, .failures = {Failure::kReceiverLost}},
    {.name = "store.ask",
     .words = "request, at least once",
     .share = 10,
     .asks = true,
     .at_least_once = true},
    {.name = "desk.list",
     .words = "reply in pages, gathered",
     .share = 3,
     .asks = true,
     .in_pages = true,
     .failures = {Failure::kReceiverLost}},
    {.name = "desk.list",
     .words = "reply in pages, each",
     .share = 3,
     .asks = true,
     .in_pages = true,
     .failures = {Failure::kReceiverLost}},
    {.name = "desk.slow",
     .words = "request, cancelled",
     .share = 2,
     .asks = true,
     .failures = {Failure::kReceiverLost, Failure::kCancelled}},
    {.name = "desk.slow",
     .words = "request, short deadline",
     .share = 2,
     .asks = true,
     .failures = {Failure::kReceiverLost, Failure::kExpired}},
    {.name = "desk.fail",
     .words = "one way, fails",
     .share = 1,
     .always_fails = true,
     .failures = {Failure::kReceiverLost, Failure::kHandlerFailed}},
    {.name = "nobody.hears",
     .words = "one way, no receiver",
     .share = 1,
     .always_fails = true,
     .failures = {Failure::kNoReceiver}},
}};

std::string make_pool() {
  Random random(1);
  std::string pool;
  while (pool.size() < kLargest + kOffsets) pool.push_back(static_cast<char>(random.next() >> 56));
  return pool;
}

}  // namespace

Failure failure_of(std::string_view code) {
  const auto found = std::find(kFailures.begin(), kFailures.end(), code);
  return found == kFailures.end() ? Failure::kOther : static_cast<Failure>(found - kFailures.begin());
}

bool MessageRules::may_fail_with(Failure failure) const {
  return failure != Failure::kOther && std::find(failures.begin(), failures.end(), failure) != failures.end();
}

const MessageRules& rules_of(MessageKind kind) {
  return kRules.at(static_cast<std::size_t>(kind));
}

MessageKind kind_of_share(std::size_t hundredth) {
  std::size_t kind = 0;
  for (; hundredth >= kRules.at(kind).share; ++kind) hundredth -= kRules.at(kind).share;
  return static_cast<MessageKind>(kind);
}

std::size_t log_uniform_size(Random& random) {
  const double place = static_cast<double>(random.next() >> 11) / static_cast<double>(1ULL << 53);
  return static_cast<std::size_t>(kSmallest * std::pow(static_cast<double>(kLargest) / kSmallest, place));
}

std::string_view filling(const MessageKey& key, std::size_t size) {
  static const std::string kPool = make_pool();
  EXO_CHECK(size <= kLargest);
  const std::size_t offset = (key.sender * 40'503U + key.number * 2'654'435'761U) % kOffsets;
  return std::string_view(kPool).substr(offset, size);
}

Value make_message(const MessageKey& key, std::size_t size, std::uint64_t pages) {
  return Value::map({{"sender", key.sender},
                     {"number", key.number},
                     {"pages", pages},
                     {"size", size},
                     {"filling", Value::Binary{std::string(filling(key, size))}}});
}

ReadMessage read_message(const Value& payload) {
  ReadMessage read;
  const auto sender = payload.integer_at("sender");
  const auto number = payload.integer_at("number");
  const auto pages = payload.integer_at("pages");
  const auto size = payload.integer_at("size");
  const Value* found = payload.find("filling");
  if (!sender || !number || !pages || !size || found == nullptr || found->binary() == nullptr) return read;
  read.key = {static_cast<std::uint32_t>(sender.value()), static_cast<std::uint32_t>(number.value())};
  read.pages = static_cast<std::uint64_t>(pages.value());
  read.size = static_cast<std::size_t>(size.value());
  read.intact = read.size <= kLargest && found->binary()->bytes == filling(read.key, read.size);
  return read;
}

}  // namespace exo::soak

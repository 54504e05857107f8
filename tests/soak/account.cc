#include "tests/soak/account.h"

#include <limits>

namespace exo::soak {
namespace {

// No sender of a soak gets so far; a key beyond is damaged.
constexpr std::uint32_t kMostNumbers = 20'000'000;

void count(std::uint8_t& number) {
  if (number < std::numeric_limits<std::uint8_t>::max()) ++number;
}

std::string words_for(const MessageKey& key) {
  return "message " + std::to_string(key.sender) + ":" + std::to_string(key.number);
}

}  // namespace

std::string_view words_for(Promise promise) {
  switch (promise) {
    case Promise::kNothingVanishes:
      return "every message was handled, or failed with an error to its sender";
    case Promise::kNothingIsDoubled:
      return "none was handled twice without `redelivered`";
    case Promise::kOneOutcome:
      return "each had one outcome";
    case Promise::kNothingIsDamaged:
      return "each was as it was sent";
    case Promise::kErrorsAreKnown:
      return "each error was one that it may have";
  }
  return "";
}

void Account::take(const Record& record) {
  if (record.key.number >= kMostNumbers) return unbelievable_.push_back(record.key);
  std::vector<Entry>& entries = entries_[record.key.sender];
  if (entries.size() <= record.key.number) entries.resize(record.key.number + 1);
  Entry& entry = entries[record.key.number];
  switch (record.step) {
    case Step::kSent:
      entry.sent = true;
      entry.kind = static_cast<MessageKind>(record.detail);
      return;
    case Step::kRefused:
      entry.refused = true;
      return;
    case Step::kAccepted:
      entry.accepted = true;
      return;
    case Step::kDelivered:
      return count(entry.delivered);
    case Step::kDeliveredAgain:
      return count(entry.redelivered);
    case Step::kAnswered:
      return count(entry.answered);
    case Step::kFailed:
      entry.failure = static_cast<Failure>(record.detail);
      return count(entry.failures);
    case Step::kDamaged:
      entry.damaged = true;
      return;
  }
}

// Looks at one message after another.
class Account::Judge {
 public:
  void look_at(const MessageKey& key, const Entry& entry, bool sender_lives) {
    key_ = key;
    entry_ = &entry;
    rules_ = &rules_of(entry.kind);
    handled_ = entry.delivered + entry.redelivered;
    sender_lives_ = sender_lives;
    if (!entry.sent) return look_at_unsent();
    if (entry.damaged) breach(Promise::kNothingIsDamaged, "is not as it was sent");
    if (entry.refused) breach(Promise::kErrorsAreKnown, "was refused by its sender's relay");
    look_for_vanishing();
    look_for_doubles();
    look_at_outcomes();
  }
  void unbelievable(const MessageKey& key) {
    breaches[Promise::kNothingIsDamaged].push_back(words_for(key) + " was told of, and never sent");
  }

  std::map<Promise, std::vector<std::string>> breaches;

 private:
  // Those between two that were sent may be of a number that is damaged.
  void look_at_unsent() {
    if (handled_ + entry_->answered + entry_->failures > 0 || entry_->damaged) {
      breach(Promise::kNothingIsDamaged, "was told of, and never sent");
    }
  }

  void look_for_vanishing() {
    if (rules_->at_least_once && entry_->accepted && handled_ == 0) {
      return breach(Promise::kNothingVanishes, "was accepted and not handled");
    }
    if (!sender_lives_ || entry_->refused) return;
    if (rules_->asks && entry_->answered + entry_->failures == 0) {
      return breach(Promise::kNothingVanishes, "has got neither a reply nor an error");
    }
    if (!rules_->asks && handled_ + entry_->failures == 0) {
      breach(Promise::kNothingVanishes, "was neither handled nor failed");
    }
  }

  void look_for_doubles() {
    if (entry_->delivered > 1) breach(Promise::kNothingIsDoubled, times() + " without `redelivered`");
    if (entry_->redelivered > 0 && !rules_->at_least_once) {
      breach(Promise::kNothingIsDoubled, times() + " without, and was to be delivered once at most");
    }
  }

  void look_at_outcomes() {
    const int outcomes = entry_->answered + entry_->failures;
    if (outcomes > 1) breach(Promise::kOneOutcome, "has " + std::to_string(outcomes) + " outcomes");
    if (entry_->answered > 0 && handled_ == 0) breach(Promise::kOneOutcome, "was answered and not handled");
    if (rules_->always_fails && sender_lives_ && entry_->failures == 0 && handled_ > 0) {
      breach(Promise::kOneOutcome, "was to fail and did not");
    }
    if (entry_->failures == 0) return;
    if (entry_->failure == Failure::kNoReceiver && handled_ > 0) {
      breach(Promise::kOneOutcome, "was handled, and is said to have no receiver");
    }
    if (!rules_->may_fail_with(entry_->failure)) {
      breach(Promise::kErrorsAreKnown,
             "has failed with " + std::string(kFailures.at(static_cast<std::size_t>(entry_->failure))));
    }
  }

  std::string times() const {
    return "was handled " + std::to_string(handled_) + " times, " + std::to_string(entry_->delivered) +
           " of them";
  }
  void breach(Promise promise, const std::string& what) {
    breaches[promise].push_back(words_for(key_) + " (" + std::string(rules_->words) + ") " + what);
  }

  MessageKey key_;
  const Entry* entry_ = nullptr;
  const MessageRules* rules_ = nullptr;
  int handled_ = 0;
  bool sender_lives_ = true;
};

std::map<Promise, std::vector<std::string>> Account::breaches() const {
  Judge judge;
  for (const auto& [sender, entries] : entries_) {
    const bool lives = killed_.count(sender) == 0;
    for (std::uint32_t number = 0; number < entries.size(); ++number) {
      judge.look_at({sender, number}, entries[number], lives);
    }
  }
  for (const MessageKey& key : unbelievable_) judge.unbelievable(key);
  return judge.breaches;
}

std::array<KindCount, kMessageKinds> Account::counts() const {
  std::array<KindCount, kMessageKinds> counts{};
  for (const auto& [sender, entries] : entries_) {
    for (const Entry& entry : entries) {
      KindCount& of_kind = counts.at(static_cast<std::size_t>(entry.kind));
      of_kind.sent += entry.sent ? 1 : 0;
      of_kind.handled += entry.delivered + entry.redelivered > 0 ? 1 : 0;
      of_kind.redelivered += entry.redelivered;
      of_kind.answered += entry.answered;
      if (entry.failures > 0) ++of_kind.failed.at(static_cast<std::size_t>(entry.failure));
    }
  }
  return counts;
}

}  // namespace exo::soak

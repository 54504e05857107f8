#include "bus/relays/cpp/each.h"

#include <utility>

#include "base/check.h"

namespace exo::relaying {
namespace {

constexpr std::chrono::milliseconds kTellEvery{200};  // people see no more

bool is_key(const Value& value) {
  return value.string() != nullptr || value.number().has_value();
}

// Numbers by size, texts by their bytes; all numbers are below all texts.
bool is_above(const Value& key, const Value& other) {
  const std::string* text = key.string();
  const std::string* other_text = other.string();
  if (text != nullptr && other_text != nullptr) return *text > *other_text;
  if (text != nullptr || other_text != nullptr) return text != nullptr;
  if (key.integer() && other.integer()) return *key.integer() > *other.integer();
  return *key.number() > *other.number();
}

std::string shown(const Value& key) {
  if (key.string() != nullptr) return "\"" + *key.string() + "\"";
  if (const auto whole = key.integer()) return std::to_string(*whole);
  return std::to_string(key.number().value_or(0));
}

}  // namespace

Each::Each(EachScript& script, EachOptions options) : script_(script), options_(std::move(options)) {
  EXO_CHECK(options_.every > 0);
  const Value place = script_.place_of(options_.name);
  if (const Value* done = place.find("done")) saved_done_ = done->unsigned_integer().value_or(0);
  if (const Value* key = place.find("key")) saved_key_ = *key;
  if (const Value* finished = place.find("finished")) finished_ = finished->flag().value_or(false);
  done_ = saved_done_;
  last_ = saved_key_;
}

Result<std::uint64_t> Each::run(const RecordPages& pages, const RecordAct& act) {
  if (finished_) return done_;
  while (true) {
    auto page = pages();
    if (!page.ok()) return page.error();
    if (!page.value()) break;
    for (const Value& record : *page.value()) {
      if (auto taken = take(record, act); !taken.ok()) return taken.error();
    }
  }
  if (auto named = name_change(); !named.ok()) return named.error();
  if (auto saved = save(true); !saved.ok()) return saved.error();
  script_.tell(static_cast<double>(done_), options_.total > 0 ? options_.total : static_cast<double>(done_));
  return done_;
}

Result<void> Each::take(const Value& record, const RecordAct& act) {
  ++number_;
  if (has_key()) {
    if (auto taken = take_key(record); !taken.ok()) return taken;
  }
  if (is_done()) {
    ++passed_;
    return {};
  }
  if (auto named = name_change(); !named.ok()) return named;
  if (auto acted = act(record); !acted.ok()) return acted;
  last_ = key_;
  ++done_;
  ++unsaved_;
  tell_progress();
  return unsaved_ < options_.every ? Result<void>() : save(false);
}

Result<void> Each::take_key(const Value& record) {
  const Value* field = options_.key_of ? nullptr : record.find(options_.key);
  Value key = options_.key_of ? options_.key_of(record) : field != nullptr ? *field : Value();
  if (!is_key(key)) {
    return Error{"bad-key",
                 about("the key of record " + std::to_string(number_) + " is no number and no text")};
  }
  if (number_ > 1 && !is_above(key, key_)) {
    return Error{"bad-key",
                 about("record " + std::to_string(number_) + " has the key " + shown(key) + " after " +
                       shown(key_) + "; records with a key come in its ascending order, each key once")};
  }
  key_ = std::move(key);
  return {};
}

bool Each::is_done() const {
  if (saved_done_ == 0) return false;
  return has_key() && is_key(saved_key_) ? !is_above(key_, saved_key_) : passed_ < saved_done_;
}

// The records before the saved place are not those that were done. Said once.
Result<void> Each::name_change() {
  if (passed_ == saved_done_ || change_named_) return {};
  change_named_ = true;
  const std::string changed = "the stream has changed: " + std::to_string(saved_done_) + " records were done";
  if (!has_key()) {
    return Error{"stream-changed", about(changed + ", and it has only " + std::to_string(passed_))};
  }
  script_.say_changed(about(changed + " up to the key " + shown(saved_key_) + ", and " +
                            std::to_string(passed_) + " are there now"));
  return {};
}

Result<void> Each::save(bool finished) {
  Value::Map place{{"done", done_}};
  if (!last_.is_nil()) place.emplace_back("key", last_);
  if (finished) place.emplace_back("finished", true);
  unsaved_ = 0;
  return script_.save(options_.name, std::move(place));
}

void Each::tell_progress() {
  const MonotonicTime now = monotonic_now();
  if (told_at_ && now - *told_at_ < kTellEvery) return;
  told_at_ = now;
  script_.tell(static_cast<double>(done_), options_.total);
}

}  // namespace exo::relaying

#include "host/load_probe.h"

#include "base/duration.h"
#include "base/text.h"

namespace exo {
namespace {

constexpr int kSuffers = 1;  // the exit code that says so
constexpr std::size_t kShownCharacters = 80;

}  // namespace

bool LoadProbe::take_due(MonotonicTime now) {
  if (place_ != Place::kIdle || now < due_at_) return false;
  place_ = Place::kAsked;
  due_at_ = now + signal_.every;
  return true;
}

std::optional<LoadSample> LoadProbe::take_overdue(MonotonicTime now) {
  if (place_ != Place::kAsked || now < due_at_) return std::nullopt;
  place_ = Place::kTooLate;
  return unknown("gave no answer within " + format_duration(signal_.every));
}

std::optional<LoadSample> LoadProbe::ended(const WaitStatus& status, const std::string& last_words) {
  const bool was_too_late = place_ == Place::kTooLate;
  place_ = Place::kIdle;
  if (was_too_late) return std::nullopt;
  if (status.success()) return LoadSample{};
  const std::string words = last_words.empty() ? "" : ": " + printable(last_words, kShownCharacters);
  if (status.code() != kSuffers)
    return unknown("ended with neither 0 nor 1 (" + status.describe() + ")" + words);
  return LoadSample{.load = LoadSample::Load::kSlow,
                    .because = quoted() + (words.empty() ? " says so" : " says" + words),
                    .trouble = ""};
}

LoadSample LoadProbe::could_not_start(const std::string& reason) {
  place_ = Place::kIdle;
  return unknown("could not be started: " + reason);
}

MonotonicTime LoadProbe::wake_at() const {
  return place_ == Place::kTooLate ? MonotonicTime::max() : due_at_;
}

std::string LoadProbe::quoted() const {
  return printable(signal_.command, kShownCharacters);
}

LoadSample LoadProbe::unknown(const std::string& why) const {
  const std::string text = quoted() + " " + why;
  return {.load = LoadSample::Load::kSlow, .because = text, .trouble = text};
}

}  // namespace exo

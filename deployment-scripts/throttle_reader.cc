#include "deployment-scripts/throttle_reader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/nearest_word.h"
#include "base/text.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestAbove = std::chrono::minutes{10};
constexpr std::array<std::string_view, 3> kStandstills{"0/s", "0/m", "0/h"};

struct Bounds {
  milliseconds least;
  milliseconds most;
};

class ThrottleReader {
 public:
  ThrottleReader(const std::string& file, const AddMistake& report) : file_(file), report_(report) {}

  std::optional<ThrottleSettings> read(const YamlNode& value, const std::string& key) {
    if (value.is_scalar()) {
      read_rate(value, key, throttle_.rate);
    } else if (value.is_map()) {
      read_map(value, key);
    } else {
      add(value.line, key, "",
          "expected a rate, such as \"throttle: 500/s\", or what slows it down, such as \"throttle: {when: "
          "{p99: {message: todos.list, above: 50ms}}, slow-to: 20/s}\"");
    }
    return good_ ? std::optional(throttle_) : std::nullopt;
  }

 private:
  void read_map(const YamlNode& map, const std::string& key) {
    static const std::vector<std::string> kKnown{"rate", "when", "slow-to", "good-for"};
    refuse_unknown(map, key, kKnown);
    if (const YamlEntry* rate = map.find("rate")) read_rate(rate->value, key + ".rate", throttle_.rate);
    const YamlEntry* when = map.find("when");
    const YamlEntry* slow_to = map.find("slow-to");
    const YamlEntry* good_for = map.find("good-for");
    if (when != nullptr) read_when(when->value, key + ".when");
    if (slow_to != nullptr) read_slow_to(slow_to->value, key + ".slow-to");
    if (good_for != nullptr) {
      read_duration(good_for->value, key + ".good-for", {milliseconds{1}, kLongestGoodFor},
                    throttle_.good_for);
    }
    check_together(map, key, {when, slow_to, good_for, map.find("rate")});
  }

  struct Parts {
    const YamlEntry* when;
    const YamlEntry* slow_to;
    const YamlEntry* good_for;
    const YamlEntry* rate;
  };

  void check_together(const YamlNode& map, const std::string& key, const Parts& parts) {
    if (parts.when != nullptr && parts.slow_to == nullptr) {
      add(parts.when->line, key, "",
          "\"when\" needs \"slow-to\": the rate while that is so, such as \"slow-to: 20/s\", or \"0/s\" to "
          "stand still");
    }
    for (const YamlEntry* lonely : {parts.slow_to, parts.good_for}) {
      if (lonely == nullptr || parts.when != nullptr) continue;
      add(lonely->line, key + "." + lonely->key, lonely->value.text,
          "it means nothing without \"when\", by which it is seen that production suffers; a rate that "
          "always "
          "holds is \"rate\"");
    }
    const bool is_empty = parts.when == nullptr && parts.rate == nullptr && parts.slow_to == nullptr &&
                          parts.good_for == nullptr;
    if (is_empty) add(map.line, key, "", "expected \"rate\", or \"when\" with \"slow-to\", or both");
    if (!good_ || !throttle_.rate || !throttle_.when || throttle_.slow_to.is_none()) return;
    if (throttle_.slow_to.each() > throttle_.rate->each()) return;
    add(parts.slow_to->line, key + ".slow-to", parts.slow_to->value.text,
        "it has to be slower than the rate that always holds, which is " + to_string(*throttle_.rate));
  }

  void read_when(const YamlNode& value, const std::string& key) {
    static const std::vector<std::string> kKnown{"p99", "command", "every"};
    const YamlEntry* p99 = value.find("p99");
    const YamlEntry* command = value.find("command");
    const YamlEntry* every = value.find("every");
    if (!value.is_map() || (p99 == nullptr) == (command == nullptr)) {
      const bool both = p99 != nullptr && command != nullptr;
      add(value.line, key, value.is_scalar() ? value.text : "",
          std::string("expected one signal") + (both ? ", not both" : "") +
              ": \"p99: {message: todos.list, above: 50ms}\" or \"command: ./is-production-slow.sh\"");
      return;
    }
    refuse_unknown(value, key, kKnown);
    if (p99 != nullptr) {
      read_p99(p99->value, key + ".p99");
      if (every != nullptr) {
        add(every->line, key + ".every", every->value.text,
            "it says how often a command is asked; of p99 it is \"within\" that counts, below \"p99\"");
      }
    } else {
      read_command(command->value, every, key);
    }
  }

  void read_p99(const YamlNode& value, const std::string& key) {
    static const std::vector<std::string> kKnown{"message", "above", "within"};
    P99Signal signal;
    const YamlEntry* message = value.find("message");
    const YamlEntry* above = value.find("above");
    if (!value.is_map() || message == nullptr || above == nullptr) {
      add(value.line, key, value.is_scalar() ? value.text : "",
          "expected a message that production sends and what is too long for it, such as \"p99: {message: "
          "todos.list, above: 50ms}\"");
      return;
    }
    refuse_unknown(value, key, kKnown);
    if (!message->value.is_scalar() || message->value.text.empty()) {
      add(message->line, key + ".message", message->value.text,
          "expected the public name of a message, such as \"todos.list\"");
    }
    signal.message = message->value.text;
    signal.place = {.file = file_, .line = message->line, .key = key + ".message"};
    read_duration(above->value, key + ".above", {milliseconds{1}, kLongestAbove}, signal.above);
    if (const YamlEntry* within = value.find("within")) {
      read_duration(within->value, key + ".within", {kShortestLoadWindow, kLongestLoadWindow}, signal.within);
    }
    throttle_.when = std::move(signal);
  }

  void read_command(const YamlNode& value, const YamlEntry* every, const std::string& key) {
    CommandSignal signal;
    if (!value.is_scalar() || trim(value.text).empty()) {
      add(value.line, key + ".command", value.text,
          "expected a command for the shell that ends with 0 while production is well and with 1 while it "
          "suffers, such as \"./is-production-slow.sh\"");
    }
    signal.command = value.text;
    if (every != nullptr) {
      read_duration(every->value, key + ".every", {kShortestLoadPause, kLongestLoadPause}, signal.every);
    }
    throttle_.when = std::move(signal);
  }

  void read_rate(const YamlNode& value, const std::string& key, std::optional<Rate>& into) {
    const auto rate = parse_rate(value.text);
    if (!value.is_scalar()) {
      add(value.line, key, "", std::string("expected a rate such as \"500/s\", found ") + describe(value));
    } else if (!rate) {
      add(value.line, key, value.text, rate.error().message);
    } else {
      into = rate.value();
    }
  }

  void read_slow_to(const YamlNode& value, const std::string& key) {
    const bool stands = std::find(kStandstills.begin(), kStandstills.end(), value.text) != kStandstills.end();
    if (value.is_scalar() && stands) return;  // as it is
    std::optional<Rate> rate;
    read_rate(value, key, rate);
    if (rate) throttle_.slow_to = *rate;
  }

  void read_duration(const YamlNode& value, const std::string& key, Bounds bounds, milliseconds& into) {
    const Result<milliseconds> duration = parse_duration(value.text);
    if (!value.is_scalar()) {
      add(value.line, key, "", std::string("expected a duration such as \"10s\", found ") + describe(value));
    } else if (!duration.ok()) {
      add(value.line, key, value.text, duration.error().message);
    } else if (duration.value() < bounds.least || duration.value() > bounds.most) {
      add(value.line, key, value.text,
          "expected from " + format_duration(bounds.least) + " to " + format_duration(bounds.most));
    } else {
      into = duration.value();
    }
  }

  void refuse_unknown(const YamlNode& map, const std::string& key, const std::vector<std::string>& known) {
    for (const YamlEntry& entry : map.entries) {
      if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
      add(entry.line, key + "." + entry.key, entry.value.text,
          "unknown key" + did_you_mean(entry.key, known) + "; known here: " + join(known, ", "));
    }
  }

  void add(int line, const std::string& key, const std::string& value, const std::string& message) {
    good_ = false;
    report_(line, key, value, message);
  }

  const std::string& file_;
  const AddMistake& report_;
  ThrottleSettings throttle_;
  bool good_ = true;
};

}  // namespace

void read_throttle(const YamlNode& value, const std::string& key, const std::string& file,
                   const AddMistake& add, std::optional<ThrottleSettings>& into) {
  if (value.is_scalar() && value.text == "off") {
    into.reset();
  } else if (auto throttle = ThrottleReader(file, add).read(value, key)) {
    into = std::move(throttle);
  }
}

}  // namespace exo

// What a machine has, or lacks, of what exo and an application need: the findings of `exo doctor`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace exo {

// A value. `fix` is what to do, non-empty exactly when something is lacking.
struct Finding {
  enum class State {
    kOk,
    kLacking,  // something will not work
    kNote,     // works otherwise than one might think
  };

  State state = State::kOk;
  std::string subject;  // one word: "node"
  std::string meaning;  // what was found, and what it means
  std::string fix;

  bool operator==(const Finding&) const = default;
};

Finding ok(std::string subject, std::string meaning);
Finding lacking(std::string subject, std::string meaning, std::string fix);
Finding note(std::string subject, std::string meaning);

// "ok", "lacking", "note".
std::string_view to_text(Finding::State state);

struct Diagnosis {
  std::string application;  // its name; empty when there is none, or its files cannot be read
  std::string environment;
  std::vector<Finding> findings;

  bool is_sound() const;  // nothing is lacking
};

// A line for each finding, below it how to mend it, and one that sums up.
// `columns` is the width of the terminal: lines are broken at words; 0: none are.
std::string to_text(const Diagnosis& diagnosis, std::size_t columns = 0);
// One JSON object on one line, without its end (docs/checking.md).
std::string to_json(const Diagnosis& diagnosis);

}  // namespace exo

// Which logs a person means by the words after `exo logs`.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/log_name.h"

namespace exo {

// A value; pure.
class LogSelection {
 public:
  // Without words everything. Error `absent` for a word that means none of the `known` logs; it names the
  // nearest that does.
  static Result<LogSelection> of(const std::vector<std::string>& words, const std::vector<LogName>& known);
  // The same, of one attempt alone.
  LogSelection only(std::uint64_t attempt) const;

  // Logs that are not known yet, of a run that comes later, are taken by their words too.
  bool takes(const LogName& log) const;
  bool is_everything() const { return words_.empty(); }

 private:
  std::set<std::string> words_;
  std::uint64_t attempt_ = 0;  // 0: of all
};

// All words that mean one of these logs, each once, sorted.
std::vector<std::string> words_of(const std::vector<LogName>& logs);

}  // namespace exo

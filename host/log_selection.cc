#include "host/log_selection.h"

#include <algorithm>

#include "base/nearest_word.h"
#include "base/text.h"

namespace exo {
namespace {

constexpr std::size_t kWordsListed = 12;

Error unknown(const std::string& word, const std::vector<std::string>& known) {
  const std::string what = "there is no role, version or run " + in_quotes(word);
  if (const std::string hint = did_you_mean(word, known); !hint.empty()) return Error{"absent", what + hint};
  if (word.find('/') != std::string::npos) {
    return Error{"absent", what + "; an application's folder is named with --application"};
  }
  std::vector<std::string> listed(
      known.begin(), known.begin() + static_cast<std::ptrdiff_t>(std::min(known.size(), kWordsListed)));
  if (known.size() > kWordsListed) listed.emplace_back("…");
  return Error{"absent", what + "; there are: " + join(listed, ", ")};
}

}  // namespace

Result<LogSelection> LogSelection::of(const std::vector<std::string>& words,
                                      const std::vector<LogName>& known) {
  const std::vector<std::string> known_words = words_of(known);
  LogSelection selection;
  for (const std::string& word : words) {
    if (!std::binary_search(known_words.begin(), known_words.end(), word)) return unknown(word, known_words);
    selection.words_.insert(word);
  }
  return selection;
}

LogSelection LogSelection::only(std::uint64_t attempt) const {
  LogSelection selection = *this;
  selection.attempt_ = attempt;
  return selection;
}

bool LogSelection::takes(const LogName& log) const {
  if (attempt_ != 0 && log.attempt != attempt_) return false;
  if (words_.empty()) return true;
  const std::vector<std::string> words = log.words();
  return std::any_of(words.begin(), words.end(),
                     [this](const std::string& word) { return words_.contains(word); });
}

std::vector<std::string> words_of(const std::vector<LogName>& logs) {
  std::set<std::string> words;
  for (const LogName& log : logs) {
    for (std::string& word : log.words()) words.insert(std::move(word));
  }
  return {words.begin(), words.end()};
}

}  // namespace exo

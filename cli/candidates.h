// What could come next on a command line that is being typed.
//
// It is read from the same description of verbs and options that parses a command line and that --help shows,
// so no verb can be forgotten. What the values of an argument may be is known by its name: that of a
// positional ("ROLE"), or the type of an option's value ("FOLDER").
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/verb.h"

namespace exo {

struct Candidate {
  std::string word;
  std::string description;  // may be empty

  bool operator==(const Candidate&) const = default;
};

struct Candidates {
  std::vector<Candidate> words;  // those that begin as the last typed word does
  bool folders = false;          // the shell completes the names of folders too
};

// The values of one kind of argument, in the application and environment that the words before name.
using ValuesOf =
    std::function<std::vector<std::string>(std::string_view kind, const ApplicationOptions& application)>;

// `words`: what was typed after "exo", the last one up to the cursor, perhaps empty.
Candidates find_candidates(const CLI::App& exo, const std::vector<std::string>& words,
                           const ValuesOf& values);

}  // namespace exo

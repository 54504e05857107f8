// What the specs beside deployment scripts call things, and the messages that stand behind the words.
//
//     todos:                      # "a todos service"
//       role: todo                # in application.yml; the noun itself where it is not said
//       entries:                  # "with the entries:", "still contains these entries:"
//         add: todo.add           # a command that takes one of them
//         list: todos.list        # a command that is answered with all of them
//         in: todos               # the key of the answer that holds the list; without it the answer is the
//         list search: todo.search     # a command that is answered with some of them by: text # the key of
//         its payload that says which; "text" where it is not said fields:                 # the columns of
//         tables, and what they are called in messages
//           TITLE: title
//           DAYS: {name: days, type: number}
//
// Names of messages are public ones. It is `deployment-scripts/nouns.yml`, and all of it may be left out: a
// service that is only named is looked up by its role.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/mistake.h"

namespace exo {

// How a cell of a table becomes a value.
enum class SpecFieldType { kText, kNumber, kBoolean };

struct SpecField {
  std::string column;
  std::string name;
  SpecFieldType type = SpecFieldType::kText;

  bool operator==(const SpecField&) const = default;
};

// What a service holds many of.
struct SpecRecords {
  std::string noun;
  std::string add;  // public names of messages; empty: there is none
  std::string list;
  std::string search;
  std::string by = "text";
  std::string in;                            // empty: the answer is the list
  std::vector<SpecField> fields;             // empty: any column, named in lower case
  std::map<std::string, Place> places = {};  // of add, list and search, where they are there

  bool operator==(const SpecRecords&) const = default;
};

struct SpecService {
  std::string noun;
  std::string role;
  Place role_place = {};  // of the noun where no role is said
  std::vector<SpecRecords> records = {};

  bool operator==(const SpecService&) const = default;
};

// A value.
struct SpecNouns {
  std::vector<SpecService> services;  // in the order of the file; no two of one noun
};

struct LoadedNouns {
  SpecNouns nouns;                // good exactly when `mistakes` is empty
  std::vector<Mistake> mistakes;  // all of the file, in its order
};

// `file` is its name in mistakes. Pure.
LoadedNouns parse_nouns(std::string_view text, const std::string& file);

// Of an application's folder; empty where there is no such file. Blocks on the disk.
LoadedNouns load_nouns(const std::filesystem::path& application);

std::string_view to_text(SpecFieldType type);  // "text", "number", "boolean"

}  // namespace exo

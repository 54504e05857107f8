// What is wrong in a file that a person wrote, precisely enough to mend it without reading anything else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace exo {

// Where something is written.
struct Place {
  std::string file;  // as a mistake names it
  int line = 0;      // from 1; 0 when that is not known
  std::string key;   // the path to it, "local.secrets"

  bool operator==(const Place&) const = default;
};

// One wrong place. `message` is a sentence that says what was expected and how to mend it; the other fields
// say where. A value.
struct Mistake {
  std::string file;   // as the user would name it: relative to the application folder where it lies in it
  int line = 0;       // from 1; 0 when it belongs to no line, as a missing file does
  std::string key;    // the path to the value, "services.web.location"; empty for the whole file
  std::string value;  // as it was written, shortened when long; empty when the key is missing or not a scalar
  std::string message;
  std::string nearest = {};  // the right word that was most likely meant, which `message` names; empty: none

  bool operator==(const Mistake&) const = default;
};

// Something that is read in a way its writer should know of, and that stops nothing.
struct Notice {
  std::string file;
  int line = 0;  // from 1; 0 when it belongs to no line
  std::string message;

  bool operator==(const Notice&) const = default;
};

// "todo/service.yml:4: development.scripts.rum: message", without the parts that the mistake does not have.
std::string to_string(const Mistake& mistake);
std::string to_string(const Notice& notice);

// `message` behind the value that it is about, unless it names that itself or there is none.
std::string naming(std::string_view value, std::string message);

// One line for each, in the order given, each line ended.
std::string to_text(const std::vector<Mistake>& mistakes);

}  // namespace exo

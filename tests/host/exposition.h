// Reads Prometheus' text format as a scraper does, and finds what `promtool check metrics` would find.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace exo {

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;  // unescaped
  double value = 0;
};

struct Exposition {
  std::vector<Sample> samples;
  std::map<std::string, std::string> types;  // of families
  std::vector<std::string> faults;           // empty exactly when all rules are kept

  // The value of the one sample that has this name and at least these labels; NaN where there is none.
  double value(const std::string& name, const std::map<std::string, std::string>& labels = {}) const;
};

Exposition read_exposition(const std::string& text);

}  // namespace exo

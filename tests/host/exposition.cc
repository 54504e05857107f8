#include "tests/host/exposition.h"

#include <cmath>
#include <limits>
#include <regex>
#include <set>
#include <sstream>
#include <utility>

namespace exo {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Line by line: what a family says of itself, then its samples.
class Reader {
 public:
  explicit Reader(Exposition& found) : found_(found) {}

  void take(const std::string& line) {
    if (line.rfind("# HELP ", 0) == 0) return take_help(line.substr(7));
    if (line.rfind("# TYPE ", 0) == 0) return take_type(line.substr(7));
    if (line.empty() || line[0] == '#') return fault("neither a comment of the format nor a sample: " + line);
    take_sample(line);
  }

  void end() {
    for (const auto& [family, type] : found_.types) {
      if (type == "counter" && !ends_with(family, "_total")) fault(family + ": a counter ends in _total");
      if (type != "counter" && ends_with(family, "_total")) fault(family + ": only counters end in _total");
      if (type == "histogram") check_histogram(family);
    }
  }

 private:
  void fault(const std::string& text) { found_.faults.push_back(text); }

  void take_help(const std::string& rest) {
    family_ = rest.substr(0, rest.find(' '));
    if (!helped_.insert(family_).second) fault(family_ + ": helped twice, or not in one place");
    if (rest.size() < family_.size() + 3) fault(family_ + ": an empty help");
  }

  void take_type(const std::string& rest) {
    static const std::regex kType(R"(([a-z_][a-z0-9_]*) (counter|gauge|histogram))");
    std::smatch match;
    if (!std::regex_match(rest, match, kType)) return fault("no type: " + rest);
    if (match[1] != family_) fault(match[1].str() + ": its type does not follow its help");
    found_.types[match[1]] = match[2];
  }

  void take_sample(const std::string& line) {
    static const std::regex kSample(
        R"(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (\S+))");
    std::smatch match;
    if (!std::regex_match(line, match, kSample)) return fault("no sample: " + line);
    Sample sample{.name = match[1], .labels = labels_of(match[2]), .value = 0};
    std::size_t read = 0;
    sample.value = std::stod(match[3], &read);
    if (read != match[3].str().size()) fault("no number: " + line);
    if (!belongs(sample.name)) fault(sample.name + ": a sample that is not with its family " + family_);
    if (!series_.emplace(sample.name, sample.labels).second) fault("the same series twice: " + line);
    found_.samples.push_back(std::move(sample));
  }

  static std::map<std::string, std::string> labels_of(const std::string& text) {
    static const std::regex kLabel(R"re(([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)")re");
    std::map<std::string, std::string> labels;
    for (std::sregex_iterator each(text.begin(), text.end(), kLabel), end; each != end; ++each) {
      const std::string escaped = (*each)[2];
      std::string value;
      for (std::size_t i = 0; i < escaped.size(); ++i) {
        if (escaped[i] != '\\') {
          value += escaped[i];
        } else {
          ++i;
          value += escaped[i] == 'n' ? '\n' : escaped[i];
        }
      }
      labels[(*each)[1]] = value;
    }
    return labels;
  }

  bool belongs(const std::string& name) const {
    const auto type = found_.types.find(family_);
    if (type == found_.types.end()) return false;
    if (type->second != "histogram") return name == family_;
    return name == family_ + "_bucket" || name == family_ + "_sum" || name == family_ + "_count";
  }

  // Of each series: buckets rise with their bounds, the last is +Inf and equals _count, and _sum is there.
  void check_histogram(const std::string& family) {
    std::map<std::map<std::string, std::string>, std::map<double, double>> buckets;
    for (const Sample& sample : found_.samples) {
      if (sample.name != family + "_bucket") continue;
      auto labels = sample.labels;
      const std::string bound = labels["le"];
      labels.erase("le");
      buckets[labels][bound == "+Inf" ? std::numeric_limits<double>::infinity() : std::stod(bound)] =
          sample.value;
    }
    for (const auto& [labels, counts] : buckets) {
      double before = 0;
      for (const auto& [bound, count] : counts) {
        if (count < before) fault(family + ": a bucket holds less than the one below it");
        before = count;
      }
      if (!std::isinf(counts.rbegin()->first)) fault(family + ": there is no bucket +Inf");
      if (found_.value(family + "_count", labels) != before)
        fault(family + ": _count is not the bucket +Inf");
      if (std::isnan(found_.value(family + "_sum", labels))) fault(family + ": there is no _sum");
    }
  }

  Exposition& found_;
  std::string family_;
  std::set<std::string> helped_;
  std::set<std::pair<std::string, std::map<std::string, std::string>>> series_;
};

}  // namespace

double Exposition::value(const std::string& name, const std::map<std::string, std::string>& labels) const {
  for (const Sample& sample : samples) {
    bool matches = sample.name == name;
    for (const auto& [label, wanted] : labels) {
      const auto has = sample.labels.find(label);
      matches = matches && has != sample.labels.end() && has->second == wanted;
    }
    if (matches) return sample.value;
  }
  return std::nan("");
}

Exposition read_exposition(const std::string& text) {
  Exposition found;
  Reader reader(found);
  if (!ends_with(text, "\n")) found.faults.emplace_back("the last line has no end");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) reader.take(line);
  reader.end();
  return found;
}

}  // namespace exo

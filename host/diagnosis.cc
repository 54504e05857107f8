#include "host/diagnosis.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/check.h"
#include "base/hanging_lines.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::size_t lacking_count(const Diagnosis& diagnosis) {
  return static_cast<std::size_t>(
      std::count_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                    [](const Finding& finding) { return finding.state == Finding::State::kLacking; }));
}

}  // namespace

Finding ok(std::string subject, std::string meaning) {
  return {.state = Finding::State::kOk, .subject = std::move(subject), .meaning = std::move(meaning)};
}

Finding lacking(std::string subject, std::string meaning, std::string fix) {
  EXO_CHECK(!fix.empty());
  return {.state = Finding::State::kLacking,
          .subject = std::move(subject),
          .meaning = std::move(meaning),
          .fix = std::move(fix)};
}

Finding note(std::string subject, std::string meaning) {
  return {.state = Finding::State::kNote, .subject = std::move(subject), .meaning = std::move(meaning)};
}

std::string_view to_text(Finding::State state) {
  switch (state) {
    case Finding::State::kOk:
      return "ok";
    case Finding::State::kLacking:
      return "lacking";
    case Finding::State::kNote:
      return "note";
  }
  EXO_CHECK(false);
}

bool Diagnosis::is_sound() const {
  return lacking_count(*this) == 0;
}

std::string to_text(const Diagnosis& diagnosis, std::size_t columns) {
  constexpr std::size_t kStateWidth = 9;
  std::size_t subject_width = 0;
  for (const Finding& finding : diagnosis.findings) {
    subject_width = std::max(subject_width, finding.subject.size() + 2);
  }
  std::string text;
  for (const Finding& finding : diagnosis.findings) {
    const std::size_t indent = kStateWidth + subject_width;
    text += hanging_lines(
        padded(std::string(to_text(finding.state)), kStateWidth) + padded(finding.subject, subject_width),
        finding.meaning, columns, indent);
    if (!finding.fix.empty())
      text += hanging_lines(std::string(indent, ' '), "to mend it: " + finding.fix, columns, indent);
  }
  const std::size_t count = lacking_count(diagnosis);
  if (count == 0) return text + "nothing is lacking\n";
  return text + (count == 1 ? "one thing is lacking\n" : std::to_string(count) + " things are lacking\n");
}

std::string to_json(const Diagnosis& diagnosis) {
  Json report{{"application", diagnosis.application.empty() ? Json() : Json(diagnosis.application)},
              {"environment", diagnosis.environment},
              {"findings", Json::array()}};
  for (const Finding& finding : diagnosis.findings) {
    report["findings"].push_back({{"state", to_text(finding.state)},
                                  {"subject", finding.subject},
                                  {"meaning", finding.meaning},
                                  {"fix", finding.fix.empty() ? Json() : Json(finding.fix)}});
  }
  return report.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace exo

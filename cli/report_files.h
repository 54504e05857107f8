// The files that reports go to, as the command line names them.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "host/rollout_history.h"
#include "host/rollout_report.h"
#include "host/state_folder.h"

namespace exo {

struct ReportFiles {
  std::string junit;  // empty: none
  std::string json;

  bool any() const { return !junit.empty() || !json.empty(); }
};

// Error `usage` where both would go to one place.
Result<void> check_report_files(const ReportFiles& files);

// Writes it, and the folder that it is in; "-" is standard output. Error `io`.
Result<void> write_report(const std::string& file, const std::string& text);

// Empties both before what they are to tell of begins, so that what stands there later is of this time, and
// that who may not write there hears so first. Error `usage` for "-": what is told meanwhile goes to standard
// output.
Result<void> begin_reports(const ReportFiles& files);

// Those that are wanted; errors of write_report().
Result<void> write_reports(const ReportFiles& files, const RolloutReport& report,
                           const ReportSubject& subject);

// As application.yml has it; its folder's name where that cannot be read.
std::string name_of_application(const std::filesystem::path& folder);

// All that is to be told of an environment, from its host or from its ledger.
struct Reported {
  RolloutHistory history;
  ReportSubject subject;
};
Result<Reported> read_history(const StateFolder& state);

}  // namespace exo

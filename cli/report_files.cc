#include "cli/report_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "cli/verb.h"
#include "host/junit_report.h"
#include "host/ledger_owner.h"
#include "host/operator_view.h"
#include "services/application.h"

namespace exo {

Result<void> write_report(const std::string& file, const std::string& text) {
  if (file == "-") {
    if (print(text)) return {};
    return Error{"io", "cannot write to standard output"};
  }
  std::error_code failure;  // where it is not made, the file cannot be opened
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), failure);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out) return {};
  return Error{"io",
               "cannot write '" + file + "': " + std::strerror(errno) + "; name a file that you may write"};
}

Result<void> check_report_files(const ReportFiles& files) {
  const auto place_of = [](const std::string& file) {
    std::error_code failure;
    const auto place = std::filesystem::weakly_canonical(std::filesystem::absolute(file), failure);
    return file == "-" || failure ? std::filesystem::path(file) : place;
  };
  if (files.junit.empty() || files.json.empty() || place_of(files.junit) != place_of(files.json)) return {};
  return Error{"usage", "--junit and --json both name '" + files.json +
                            "', and the second would write over the first; name two files"};
}

Result<void> begin_reports(const ReportFiles& files) {
  if (const auto fit = check_report_files(files); !fit) return fit;
  for (const std::string& file : {files.junit, files.json}) {
    if (file == "-")
      return Error{"usage", "what exo run tells goes to standard output; name a file for its report"};
    if (file.empty()) continue;
    if (const auto written = write_report(file, ""); !written) return written;
  }
  return {};
}

Result<void> write_reports(const ReportFiles& files, const RolloutReport& report,
                           const ReportSubject& subject) {
  if (!files.junit.empty()) {
    if (const auto written = write_report(files.junit, report_as_junit(report, subject)); !written)
      return written;
  }
  return files.json.empty() ? Result<void>() : write_report(files.json, report_as_json(report, subject));
}

std::string name_of_application(const std::filesystem::path& folder) {
  const LoadedApplication loaded = load_application(folder.string());
  return loaded.application ? loaded.application->name : folder.filename().string();
}

namespace {

// One that cannot be told may be there.
bool has_no_host(const StateFolder& state) {
  const auto owner = find_host(state.path().string());
  return owner.ok() && !owner.value();
}

}  // namespace

// One that was killed has said nothing of its end, and the ledger hears of it from the next one alone. Who
// looks before and after takes neither one that ends meanwhile nor one that begins for it.
Result<Reported> read_history(const StateFolder& state) {
  const bool had_no_host = has_no_host(state);
  Reported reported{.history = {},
                    .subject = {.application = name_of_application(state.application()),
                                .environment = state.environment()}};
  const auto seen = view_history(state, [&](const std::string& line) { reported.history.take(line); });
  if (!seen) return seen.error();
  if (had_no_host && has_no_host(state)) reported.history.has_no_host();
  return reported;
}

}  // namespace exo

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "cli/verb.h"
#include "host/attempt_report.h"
#include "host/line_style.h"
#include "host/log_follower.h"
#include "host/log_name.h"
#include "host/log_view.h"
#include "host/operator_view.h"
#include "host/signals.h"
#include "host/speaker_names.h"
#include "host/state_folder.h"

namespace exo {
namespace {

struct LogsOptions {
  ApplicationOptions application;
  std::vector<std::string> words;
  std::string since;
  bool follow = false;
  bool times = false;
  bool json = false;
  std::uint64_t attempt = 0;  // 0: all of the run
};

// "10m" is ten minutes ago; everything else is a time.
Result<std::optional<UnixTime>> since_of(const std::string& text) {
  if (text.empty()) return std::optional<UnixTime>{};
  if (const auto ago = parse_duration(text)) {
    const auto nanoseconds = std::chrono::nanoseconds(ago.value()).count();
    const std::uint64_t now = unix_now().nanoseconds;
    return std::optional(UnixTime{now - std::min(now, static_cast<std::uint64_t>(nanoseconds))});
  }
  if (const auto time = parse_time(text)) return std::optional(time.value());
  return Error{"usage",
               "--since " + text +
                   ": expected how long ago (10m, 2h30m) or when (2026-11-20, 2026-11-20T21:02 in UTC, "
                   "2026-11-20T21:02:59+01:00)"};
}

// The versions whose instances have a log.
std::vector<VersionKey> services_of(const std::vector<LogName>& known) {
  std::vector<VersionKey> versions;
  for (const LogName& log : known) {
    if (!log.version.role.empty() && log.phase.empty()) versions.push_back(log.version);
  }
  return versions;
}

// Lines as `exo run` shows them. Only a terminal is spared what a process wrote to move its cursor; a file or
// a program gets every byte.
class LinePrinter {
 public:
  LinePrinter(const LogsOptions& options, const std::vector<LogName>& known, const LogSelection& selection)
      : options_(options),
        style_(color_mode_of(STDOUT_FILENO)),
        is_terminal_(::isatty(STDOUT_FILENO) == 1),
        speakers_(services_of(known)) {
    for (const LogName& log : known) {
      if (selection.takes(log)) style_.reserve_column(speakers_.of(log.version).size());
    }
  }

  // The head of an attempt.
  bool print_head(const AttemptReport& report) {
    if (options_.json) return add(to_json_line(report));
    for (const std::string& line : lines_of(report)) {
      if (!add(style_.said(line))) return false;
    }
    return !report.is_log_deleted || print_last_lines(report);
  }

  // False when it could not be written. What is printed is seen after flush() at the latest.
  bool print_entry(const LogEntry& entry) {
    return add(options_.json ? to_json_line(entry) : line_of(entry));
  }
  bool flush() { return written_ = written_ && print(std::exchange(unwritten_, {})); }
  bool written() const { return written_; }

 private:
  // As the log would have them, without times: the ledger keeps none.
  bool print_last_lines(const AttemptReport& report) {
    LogEntry entry{.log = {.version = report.version,
                           .phase = report.phase,
                           .run = report.run,
                           .attempt = report.attempt},
                   .line = {},
                   .level = ""};
    for (const std::string& line : report.last_lines) {
      entry.line.text = line;
      if (!add(styled(entry, is_terminal_ ? to_printable(line, style_.mode()) : line))) return false;
    }
    return true;
  }
  bool add(const std::string& line) {
    constexpr std::size_t kFlushBytes = 64 * 1024;
    unwritten_ += line;
    unwritten_ += '\n';
    return unwritten_.size() < kFlushBytes || flush();
  }
  std::string line_of(const LogEntry& entry) {
    const std::string& text = entry.line.text;
    const std::string line = styled(entry, is_terminal_ ? to_printable(text, style_.mode()) : text);
    return options_.times ? to_rfc3339(entry.line.at) + "  " + line : line;
  }
  std::string styled(const LogEntry& entry, const std::string& text) {
    if (entry.level == "warning") return style_.warned(text);
    if (!entry.level.empty()) return style_.said(text);
    const LogName& log = entry.log;
    return style_.output(log.phase.empty() ? speakers_.of(log.version) : log.shown_role(), text);
  }

  const LogsOptions& options_;
  LineStyle style_;
  bool is_terminal_;
  SpeakerNames speakers_;
  std::string unwritten_;
  bool written_ = true;
};

// The heads of a run's attempts, each above the first line of its output.
class RunHeads {
 public:
  // `wanted` 0: of all attempts. Errors of the ledger.
  static Result<RunHeads> read(const StateFolder& state, const std::string& run, std::uint64_t wanted) {
    RunHeads heads(state, run, wanted);
    if (const auto read = heads.read_again(); !read) return read.error();
    return heads;
  }

  const std::map<std::uint64_t, AttemptReport>& attempts() const { return reports_.attempts(); }

  // Prints those that come before the output of `attempt`, and its own; with nullopt all that are left.
  bool print_until(std::optional<std::uint64_t> attempt, LinePrinter& printer) {
    // One that has begun since; should the ledger not answer now, its output is shown all the same.
    if (attempt && *attempt > printed_ && !attempts().contains(*attempt)) (void)read_again();
    for (const auto& [number, recorded] : attempts()) {
      if (number <= printed_ || (attempt && number > *attempt)) continue;
      printed_ = number;
      if (wanted_ != 0 && number != wanted_) continue;
      AttemptReport report = recorded;
      report.is_log_deleted = had_log(report) && !has_log(state_.logs(), run_, number);
      if (!printer.print_head(report)) return false;
    }
    return true;
  }

 private:
  RunHeads(StateFolder state, std::string run, std::uint64_t wanted)
      : state_(std::move(state)), run_(std::move(run)), wanted_(wanted), reports_(run_) {}

  Result<void> read_again() {
    reports_ = AttemptReports(run_);
    return view_history(state_, [this](const std::string& line) { reports_.take(line); });
  }

  StateFolder state_;
  std::string run_;
  std::uint64_t wanted_;
  AttemptReports reports_;
  std::uint64_t printed_ = 0;
};

// Prints what `view` has, and with --follow what comes. The exit code is that of the last log that could not
// be read.
int print_logs(const LogsOptions& options, const std::filesystem::path& folder, LogView view,
               LinePrinter printer, std::optional<RunHeads> heads) {
  const auto give = [&](const LogEntry& entry) {
    if (heads && !heads->print_until(entry.log.attempt, printer)) return false;
    return printer.print_entry(entry);
  };
  int exit_code = kExitDone;
  const auto note = [&](const Result<void>& given) {
    if (!given) exit_code = report(given.error());
    return printer.flush();
  };
  if (options.follow) {
    block_signals();
    follow_logs(folder, [&] { return note(view.give_new(give)); });
  } else {
    note(view.give_all(give));
    if (heads && heads->print_until(std::nullopt, printer)) printer.flush();
  }
  return printer.written() ? exit_code : report_unwritten();
}

// The run that was asked for, where nothing else was.
std::optional<LogName> run_of(const LogsOptions& options) {
  return options.words.size() == 1 ? parse_run(options.words.front()) : std::nullopt;
}

Error no_such_attempt(const LogsOptions& options, const RunHeads& heads) {
  std::string which = "no attempt of it is known";
  if (!heads.attempts().empty()) {
    const std::uint64_t last = heads.attempts().rbegin()->first;
    which = "its last is " + std::to_string(last);
  }
  return Error{"absent", "the run " + options.words.front() + " has no attempt " +
                             std::to_string(options.attempt) + "; " + which};
}

int show_logs(const LogsOptions& options) {
  const auto since = since_of(options.since);
  if (!since) return report(since.error());
  const auto run = run_of(options);
  if (options.attempt != 0 && !run) {
    return report(
        {"usage", "--attempt goes with one run, as in: exo logs todo-search-0.0.1-offline-1 --attempt 2"});
  }
  const auto application = find_application(options.application);
  if (!application) return report(application.error());
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return report(state.error());
  const std::filesystem::path folder = state.value().logs();
  std::vector<LogName> known = known_logs(application.value(), folder);
  std::optional<RunHeads> heads;
  if (run) {
    auto read = RunHeads::read(state.value(), run->run, options.attempt);
    if (!read) return report(read.error());
    heads = std::move(read).value();
    if (!heads->attempts().empty()) known.push_back(*run);
  }
  auto selection = LogSelection::of(options.words, known);
  if (!selection) return report(selection.error());
  if (options.attempt != 0) selection = selection.value().only(options.attempt);
  if (options.attempt != 0 && !heads->attempts().contains(options.attempt)) {
    return report(no_such_attempt(options, *heads));
  }

  std::error_code failure;
  const bool has_run = std::filesystem::exists(folder, failure);
  const bool is_known = heads && !heads->attempts().empty();
  if (!has_run && !is_known && !options.follow && !options.json) {
    const bool written = print("nothing has run in " + state.value().environment() + " yet\n");
    return written ? kExitDone : report_unwritten();
  }
  return print_logs(options, folder, LogView(folder, selection.value(), since.value()),
                    LinePrinter(options, known, selection.value()), std::move(heads));
}

}  // namespace

void add_logs(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<LogsOptions>();
  CLI::App* verb = exo.add_subcommand(
      "logs", "Shows what services, deployment scripts and exo itself have written, in the order of time");
  verb->add_option("ROLE", options->words,
                   "A role, ROLE@VERSION, a run, or exo for all that the host noted (default: everything)");
  add_named_application_options(*verb, options->application);
  verb->add_option("--since", options->since,
                   "Only lines that are not older: 10m, or 2026-11-20T21:02 (UTC)");
  verb->add_flag("-f,--follow", options->follow, "Go on with what is written from now on, until Ctrl-C");
  verb->add_flag("-t,--times", options->times, "Show when each line was written");
  verb->add_option("--attempt", options->attempt, "Of a run: only this attempt")->check(CLI::PositiveNumber);
  verb->add_flag("--json", options->json, "Print a JSON object a line");
  verb->footer(
      "Example:\n  exo logs --application examples/todo-app\n  exo logs todo web@0.0.1 --since 10m\n"
      "  exo logs todo-search-0.0.1-offline-1 --attempt 1");
  verb->callback([options, &exit_code] { exit_code = show_logs(*options); });
}

}  // namespace exo

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "base/duration.h"
#include "base/semantic_version.h"
#include "base/text.h"
#include "bus/relays/cpp/value_json.h"
#include "cli/verb.h"
#include "host/line_style.h"
#include "host/operator_message.h"
#include "host/state_folder.h"

namespace exo {
namespace {

struct SendOptionsTyped {
  ApplicationOptions application;
  BusOptions bus;
  std::string name;
  std::string payload = "{}";
  std::string version;
  std::string timeout;
  std::string activity;
  bool no_answer = false;
  bool held = false;
  bool json = false;
};

Result<std::string> read_standard_input() {
  constexpr std::size_t kLimitBytes = std::size_t{256} * 1024 * 1024;  // more fits into no message
  std::string text;
  std::array<char, 64 * 1024> bytes{};
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error{"io", std::string("cannot read standard input: ") + std::strerror(errno)};
    text.append(bytes.data(), static_cast<std::size_t>(count));
    if (text.size() > kLimitBytes)
      return Error{"too-large", "standard input is longer than any message may be"};
  }
}

Result<Value> payload_of(const SendOptionsTyped& options) {
  const bool from_input = options.payload == "-";
  auto text = from_input ? read_standard_input() : Result<std::string>(options.payload);
  if (!text) return text.error();
  auto payload = value_from_json(text.value());
  if (payload) return payload;
  return Error{"usage", std::string(from_input ? "standard input" : "the payload") + " is no JSON (" +
                            payload.error().message +
                            R"(); write it as in: exo send todo.add '{"title":"milk"}')"};
}

Result<OperatorMessage> message_of(const SendOptionsTyped& options) {
  OperatorMessage message{.name = options.name, .version = options.version, .activity = options.activity};
  if (options.no_answer) message.wants = OperatorMessage::Wants::kAcceptance;
  if (options.held) message.gate = OperatorMessage::Gate::kPassed;
  if (!options.version.empty()) {
    if (const auto range = VersionRange::parse(options.version); !range)
      return Error{"usage", "--version " + options.version + ": " + range.error().message};
  }
  if (!options.timeout.empty()) {
    const auto timeout = parse_duration(options.timeout);
    if (!timeout) return Error{"usage", "--timeout: " + timeout.error().message};
    if (timeout.value().count() == 0)
      return Error{"usage", "--timeout 0: nobody can answer at once; try 10s"};
    message.timeout = timeout.value();
  }
  auto payload = payload_of(options);
  if (!payload) return payload.error();
  message.payload = std::move(payload).value();
  return message;
}

// Prints answers as they come; the name and sender once for all pages of a reply.
class AnswerPrinter {
 public:
  explicit AnswerPrinter(bool json) : json_(json) {}

  bool print_answer(const Answer& answer) {
    if (json_) return written_ = print(to_json_line(answer) + "\n");
    std::string text;
    if (std::string introduction = introduction_of(answer); introduction != introduced_) {
      text = LineStyle(color_mode_of(STDOUT_FILENO)).said(shown(introduction)) + "\n";
      introduced_ = std::move(introduction);
    }
    const std::string lines = payload_lines(answer);
    for (const std::string_view line : split(lines, '\n')) {
      if (!line.empty()) text += shown(line) + "\n";
    }
    has_lines_ = has_lines_ || !lines.empty();
    if (answer.more) return written_ = print(text);
    if (!has_lines_)
      text += answer.payload.is_nil() ? "(an answer without a payload)\n" : "(an empty list)\n";
    has_lines_ = false;
    return written_ = print(text);
  }
  bool written() const { return written_; }

 private:
  static std::string shown(std::string_view text) {
    return ::isatty(STDOUT_FILENO) == 1 ? to_printable(text, ColorMode::kPlain) : std::string(text);
  }

  bool json_;
  std::string introduced_;
  bool has_lines_ = false;  // of the reply whose pages come
  bool written_ = true;
};

// Null: the host is elsewhere.
Result<std::optional<StateFolder>> state_of(const SendOptionsTyped& options,
                                            const std::optional<RemoteBus>& elsewhere) {
  if (elsewhere) return std::optional<StateFolder>();
  const auto application = find_application(options.application);
  if (!application) return application.error();
  auto state = StateFolder::of(application.value(), options.application.environment);
  if (!state) return state.error();
  return std::optional(std::move(state).value());
}

int send(const SendOptionsTyped& options) {
  const auto elsewhere = find_remote_bus(options.bus, options.application);
  if (!elsewhere) return report(elsewhere.error());
  const auto state = state_of(options, elsewhere.value());
  if (!state) return report(state.error());
  const auto message = message_of(options);
  if (!message) return report(message.error());
  AnswerPrinter printer(options.json);
  const auto take = [&](const Answer& answer) { return printer.print_answer(answer); };
  const auto sent = elsewhere.value() ? send_as_operator(*elsewhere.value(), message.value(), take)
                                      : send_as_operator(*state.value(), message.value(), take);
  if (!printer.written()) return report_unwritten();
  if (sent) return kExitDone;
  return report(Error{sent.error().code, sent.error().code + ": " + sent.error().message});
}

}  // namespace

void add_send(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<SendOptionsTyped>();
  CLI::App* verb =
      exo.add_subcommand("send", "Sends a message to the running application and prints the answer");
  verb->add_option("MESSAGE", options->name, "Its public name")->type_name("")->required();
  verb->add_option("PAYLOAD,--payload", options->payload, "JSON; - reads it from standard input")
      ->type_name("JSON")
      ->capture_default_str();
  add_named_application_options(*verb, options->application);
  add_bus_options(*verb, options->bus);
  verb->add_option("--version", options->version, "Only a version that this range holds answers: 0.0.1, ^1.2")
      ->type_name("PIN");
  verb->add_option("--timeout", options->timeout, "Give up after so long (default: 60s)")->type_name("TIME");
  verb->add_option("--activity", options->activity,
                   "The activity that the message belongs to (default: a new one)")
      ->type_name("ID");
  verb->add_flag("--no-answer", options->no_answer,
                 "The message asks for nothing: wait only until the bus has it");
  verb->add_flag("--held", options->held,
                 "Pass the gate: the version that is held gets it, and the ledger records that");
  verb->add_flag("--json", options->json,
                 "Print a JSON object a line for each reply, and for each page of one");
  verb->footer(
      "Example:\n  exo send todos.list --application examples/todo-app\n"
      "  exo send todo.add '{\"title\":\"milk\"}' --version 0.0.1 --json");
  verb->callback([options, &exit_code] { exit_code = send(*options); });
}

}  // namespace exo

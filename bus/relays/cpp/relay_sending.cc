// What goes out to the bus.
#include <array>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "bus/relays/cpp/activity_scope.h"
#include "bus/relays/cpp/relay_core.h"
#include "bus/relays/cpp/value_json.h"

namespace exo::relaying {

namespace {

using std::chrono::milliseconds;

Result<Payload> encode_as(ContentType type, std::string_view name, const Value& value, std::size_t limit) {
  Payload payload;
  switch (type) {
    case ContentType::kMsgpack:
      payload = encode_payload(value);
      break;
    case ContentType::kJson:
      payload = Payload(std::string_view(value_to_json(value)));
      break;
    case ContentType::kRaw:
      if (value.binary() == nullptr)
        return Error{"malformed", "`" + std::string(name) + "`: raw payloads are Value::Binary"};
      payload = Payload(std::string_view(value.binary()->bytes));
      break;
  }
  if (payload.size() > limit) {
    return Error{"too-large", "`" + std::string(name) + "`: its payload has " +
                                  std::to_string(payload.size()) + " bytes, at most " +
                                  std::to_string(limit) + " go into one message"};
  }
  return payload;
}

bool is_for_host(std::string_view name) {
  return name.substr(0, 4) == "exo.";
}

}  // namespace

Result<std::uint64_t> RelayCore::send(std::string_view name, const Value& payload,
                                      const RequestOptions& options, OnAnswer on_answer,
                                      OnSettled on_settled) {
  if (state_ == State::kLeaving || state_ == State::kClosed) {
    return Error{"closed", "`" + std::string(name) + "`: the relay is closed"};
  }
  if (name.empty() || name.size() > kNameLimitBytes) {
    return Error{"malformed", "a message's name has 1 to 255 bytes, not " + std::to_string(name.size())};
  }
  auto bytes = encode_as(options.send.content_type, name, payload, frame_limit_);
  if (!bytes.ok()) return bytes.error();

  const Outbox::Command command = make_command(name, options.send);
  command->expects = on_answer ? options.expects : Expects::kNone;
  command->payload = std::move(bytes).value();
  if (auto added = add_command(command); !added.ok()) return added.error();
  last_taken_ = command->number;
  if (on_answer || on_settled || script_ != nullptr)
    ask(command, options.pages, std::move(on_answer), std::move(on_settled));
  return command->number;
}

Outbox::Command RelayCore::make_command(std::string_view name, const SendOptions& options) {
  auto command = std::allocate_shared<OutgoingCommand>(
      std::pmr::polymorphic_allocator<OutgoingCommand>(&commands_memory_));
  command->number = ++commands_;
  command->name = name;
  if (options.activity_id.empty()) {
    command->activity_id = place_.activity_id;
    command->caused_by = place_.caused_by;
  } else {
    command->activity_id = options.activity_id;
  }
  command->version = options.version;
  command->content_type = options.content_type;
  command->for_exo = is_for_host(name) || (script_ != nullptr && script_->is_own(name));
  if (options.timeout.count() > 0) {
    command->deadline = monotonic_now() + options.timeout;
  } else if (script_ == nullptr) {
    command->deadline = monotonic_now() + kDefaultTimeout;
  }
  return command;
}

void RelayCore::ask(const Outbox::Command& command, Pages pages, OnAnswer on_answer, OnSettled on_settled) {
  Question question;
  question.command = command;
  question.pages = pages;
  const ActivityPlace place{command->activity_id.empty() ? id_of(command->number) : command->activity_id,
                            command->caused_by};
  if (on_answer) question.on_answer = within(place, std::move(on_answer));
  if (on_settled) question.on_settled = within(place, std::move(on_settled));
  asking_.add(std::move(question));
}

bool RelayCore::when_there_is_room(std::function<void()> callback) {
  if (!outbox_.keeps_anything()) return false;
  if (wait_for_room_.empty()) released_ = outbox_.released();
  wait_for_room_.emplace_back([this, place = place_, callback = std::move(callback)] {
    const ActivityScope scope(place_, place);
    ++progress_;
    callback();
  });
  return true;
}

void RelayCore::cancel(std::uint64_t number) {
  asking_.give_up(number, Error{"cancelled", "whoever asked wants no answer any more"});
}

void RelayCore::stop(const Outbox::Command& command) {
  if (outbox_.withdraw(command) || !command->sent) return;
  command->given_up = true;
  HeaderView header;
  header.kind = Kind::kCancel;
  const std::string id = id_of(command->number);
  header.response_to = id;
  connection_.send(header, Payload());
}

Result<void> RelayCore::add_command(const Outbox::Command& command) {
  if (script_ == nullptr || !script_->waits_for_all(command->name)) return outbox_.add(command);
  script_->hold(command->number, [this, command] {
    const bool cancelled = command->expects != Expects::kNone && !asking_.waits_for(command->number);
    if (cancelled) return;
    command->handled_errors = script_->handled_errors();
    const auto added = outbox_.add(command);
    if (!added.ok() && !asking_.failed(command->number, added.error()))
      report_failed(*command, added.error());
  });
  return {};
}

OnAnswer RelayCore::within(const ActivityPlace& place, OnAnswer callback) {
  return [this, place, callback = std::move(callback)](Result<Answer> answer) {
    const ActivityScope scope(place_, place);
    ++progress_;
    callback(std::move(answer));
  };
}

OnSettled RelayCore::within(const ActivityPlace& place, OnSettled callback) {
  return [this, place, callback = std::move(callback)](Result<void> outcome) {
    const ActivityScope scope(place_, place);
    ++progress_;
    callback(std::move(outcome));
  };
}

std::string_view RelayCore::view_id(std::uint64_t number) {
  std::array<char, 20> digits{};  // of the largest number
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  viewed_id_.assign(id_prefix_).append(digits.data(), end);
  return viewed_id_;
}

// The number of the command with this id; nothing when the id is not one of ours.
std::optional<std::uint64_t> RelayCore::number_of(std::string_view id) const {
  if (id.substr(0, id_prefix_.size()) != id_prefix_) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = id.data() + id.size();
  const auto [rest, failure] = std::from_chars(id.data() + id_prefix_.size(), end, number);
  if (failure != std::errc() || rest != end) return std::nullopt;
  return number;
}

void RelayCore::send_reply(const HeaderView& header, Payload payload) {
  HeaderView complete = header;
  const std::string id = id_prefix_ + "r" + std::to_string(++replies_);
  complete.id = id;
  if (script_ != nullptr && script_->waits_for_all(header.name)) {
    complete.handled_errors = script_->handled_errors();
  }
  connection_.send(complete, std::move(payload));
}

bool RelayCore::hold_back(const Answering::Pending& pending, std::string_view name, const Value& payload,
                          bool more) {
  if (script_ == nullptr || !script_->waits_for_all(name)) return false;
  script_->hold(commands_ + 1, [this, pending, name = std::string(name), payload, more] {
    const auto given = answering_.reply_now(pending, name, payload, more);
    if (!given.ok()) answering_.fail(pending, given.error().code, given.error().message);
  });
  return true;
}

void RelayCore::send_failed(std::uint64_t sequence, std::string_view code, std::string_view reason) {
  HeaderView header;
  header.kind = Kind::kFailed;
  header.sequence = sequence;
  header.code = code;
  header.reason = reason;
  connection_.send(header, Payload());
}

void RelayCore::send_control(Kind kind, Payload payload) {
  HeaderView header;
  header.kind = kind;
  connection_.send(header, std::move(payload));
}

void RelayCore::send_window(const Outbox::Command& command, std::uint64_t pages) {
  const std::string id = id_of(command->number);
  HeaderView header;
  header.kind = Kind::kWindow;
  header.response_to = id;
  header.pages = pages;
  connection_.send(header, Payload());
}

void RelayCore::fail_attempt(const std::string& reason) {
  const Answering::Pending running = script_->running();
  script_->drop_held();
  if (running == nullptr || running->completed) return;
  running->answered = true;
  const auto given =
      answering_.reply_now(running, script_->failed_name(), Value::map({{"reason", reason}}), false);
  EXO_CHECK(given.ok());  // as a last reply is
}

}  // namespace exo::relaying

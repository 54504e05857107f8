#include "bus/departures.h"

#include <algorithm>
#include <utility>

namespace exo::routing {
namespace {

constexpr std::chrono::milliseconds kShortestSilence{15'000};

// Whether its sender will send it again on its next connection, and go on waiting for the answer.
bool is_sent_again(const Command& command) {
  return command.keeps_payload && !command.cancelled;
}

}  // namespace

void Departures::lose(Instance& instance, const std::string& reason, std::string_view told) {
  if (instance.connected()) {
    if (instance.scope) instance.scope->end_flows();
    outbox_.forget(instance.connection);
    fleet_.disconnect(instance);
    flow_.forget(instance);
    if (!told.empty()) outbox_.report(InstanceLost{instance.name, std::string(told)});
    dispatcher_.lose(instance, reason);
  }
  watch_.forget(instance);
  close_replies_to(instance);
  if (Instance* next = registrar_.next_connection(instance)) return dispatcher_.pump(*next);
  if (instance.kind == PeerKind::kOperator) remove(instance);
}

// What the relay asked on the connection that is gone, it has given up, or will ask again.
void Departures::close_replies_to(Instance& asker) {
  for (Command* command = asker.commands.front(); command;) {
    Command* next = SenderCommands::next(*command);
    if (command->reply_open && is_sent_again(*command)) {
      outcomes_.close_reply(*command);
    } else if (command->reply_open) {
      outcomes_.give_up_reply(*command);
    }
    command = next;
  }
}

void Departures::remove(Instance& instance) {
  dispatcher_.forget_sender(instance);
  flow_.forget(instance);
  fleet_.remove_instance(instance);
}

// A process that the host has started is ended by dismiss(), and may be heard again; only who came by itself
// can vanish without a trace.
void Departures::look_for_silence() {
  const auto silence = std::max<std::chrono::milliseconds>(heartbeat_ * 3, kShortestSilence);
  silent_.clear();
  for (const auto& [name, instance] : fleet_.instances()) {
    if (!instance->connected() || now_.monotonic - instance->last_heard <= silence) continue;
    if (instance->kind == PeerKind::kOperator) silent_.push_back(instance.get());
    if (instance->kind != PeerKind::kInstance || std::exchange(instance->silent, true)) continue;
    outbox_.report(InstanceSilent{.instance = instance->name, .silent = true});
  }
  for (Instance* instance : silent_) lose(*instance, "it was silent for too long", "silence");
}

}  // namespace exo::routing

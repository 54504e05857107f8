#include "bus/commands.h"

#include "bus/instance.h"

namespace exo::routing {
namespace {

std::uint64_t hash_of(std::uint64_t instance_number, std::uint64_t sequence) {
  return (instance_number * 0xD6E8FEB86659FD93U) ^ sequence;
}

}  // namespace

Command& Commands::add(const HashedId& id) {
  EXO_CHECK(!find(id));
  Command& command = commands_.acquire();
  command.id = ShortText(id.text);
  command.id_hash = id.hash;
  ids_.insert(command.id_hash, command.slot);
  return command;
}

Leg& Commands::add_leg(Command& command) {
  Leg& leg = legs_.acquire();
  leg.command = &command;
  leg.sibling = command.legs;
  command.legs = &leg;
  ++command.unsettled;
  ++command.undelivered;
  return leg;
}

void Commands::remove(Command& command) {
  for (Leg* leg = command.legs; leg != nullptr;) {
    Leg* next = leg->sibling;
    legs_.release(*leg);
    leg = next;
  }
  deadlines_.remove(command);
  if (command.unanswered.linked) unanswered_.remove(command);
  if (command.sender) command.sender->commands.remove(command);
  ids_.remove(command.id_hash, command.slot);
  commands_.release(command);
}

Command* Commands::find(const HashedId& id) {
  const std::uint32_t slot = ids_.find(
      id.hash, [&](std::uint32_t candidate) { return commands_.at(candidate).id.view() == id.text; });
  return slot == HashIndex::kNone ? nullptr : &commands_.at(slot);
}

Leg* Commands::find_delivery(std::uint64_t instance_number, std::uint64_t sequence) {
  const std::uint32_t slot =
      deliveries_.find(hash_of(instance_number, sequence), [&](std::uint32_t candidate) {
        const Leg& leg = legs_.at(candidate);
        return leg.sequence == sequence && leg.instance->number == instance_number;
      });
  return slot == HashIndex::kNone ? nullptr : &legs_.at(slot);
}

void Commands::add_delivery(const Leg& leg) {
  deliveries_.insert(hash_of(leg.instance->number, leg.sequence), leg.slot);
}

void Commands::remove_delivery(const Leg& leg) {
  deliveries_.remove(hash_of(leg.instance->number, leg.sequence), leg.slot);
}

}  // namespace exo::routing

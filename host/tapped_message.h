// A message that somebody watched on its way over the bus, as `exo tap` shows it.
#pragma once

#include <cstddef>
#include <string>

#include "bus/relays/cpp/value.h"

namespace exo {

// As an entry of what the broker answers to exo.tap (bus/watch_messages.h).

// A line of JSON with the keys at, kind, sender, sender_version, name, receiver_name, receiver,
// receiver_version, id, response_to, activity, code, reason, redelivered, more, page, payload_bytes and
// payload, without those that say nothing: a contract with machines.
std::string tapped_to_json_line(const Value& message);

// "21:02:59.407  web --[ todos.list ]-> todo  (id web-1.7, activity web-1.1)", and where the message has a
// payload that was asked for a second line with it, cut to `width` characters; 0 cuts nothing. Each line ends
// in '\n'. Texts of peers are made printable.
std::string tapped_to_lines(const Value& message, std::size_t width);

}  // namespace exo

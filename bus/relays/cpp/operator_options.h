// Who a program is that exo does not start, and that joins from outside a fleet as a person does.
#pragma once

#include <string>

#include "base/result.h"
#include "bus/relays/cpp/relay_options.h"

namespace exo {

// For exo-operator, who may send whatever some service receives. `bus` is "tcp://…", or what
// `.exo/<environment>/bus` says; `key_file` is, over TCP, a file that `exo key new` has made, else the
// environment's own `.exo/<environment>/key`. The errors of read_curve_identity() and read_file();
// "malformed" for a key file that is empty.
Result<RelayOptions> operator_options(const std::string& bus, const std::string& key_file);

}  // namespace exo

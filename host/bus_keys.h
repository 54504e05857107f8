// The keys of an environment's bus over TCP: its own, and those of people.
//
// The file `curve` of the state folder holds the bus's own pair. It is made once: whoever joins from
// elsewhere knows its public half. The file `operators` lists whose keys come in as exo-operator, a name and
// a public key a line; it may be edited by hand or with `exo key`, and a running host follows it.
//
//   # who may operate the shop from elsewhere
//   anna Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/events.h"
#include "bus/wire/curve_keys.h"
#include "host/state_folder.h"

namespace exo {

std::filesystem::path bus_keys_file(const StateFolder& state);
std::filesystem::path operators_file(const StateFolder& state);
// Where `exo key new` leaves the keys that it has made for people, until they are brought to them.
std::filesystem::path peoples_keys_folder(const StateFolder& state);

// Makes the pair where it is missing. Only the owner of the ledger may call it, so that there is never more
// than one. Error "malformed" names what is wrong with the file that is there.
Result<CurveKeys> make_bus_keys(const StateFolder& state);
// Error "absent" where no host has run here yet.
Result<CurveKeys> read_bus_keys(const StateFolder& state);

// A name for a person: letters, digits, '-', '_', '.' and '@', at most 64.
bool is_operator_name(std::string_view name);

// None where there is no such file. Errors name file, line and value.
Result<std::vector<OperatorKey>> read_operator_keys(const StateFolder& state);
Result<std::vector<OperatorKey>> parse_operator_keys(const std::string& file, std::string_view content);
// Replaces the list, by one without remarks.
Result<void> write_operator_keys(const StateFolder& state, const std::vector<OperatorKey>& keys);

// Follows the file of a running host. One thread.
class OperatorKeysWatch {
 public:
  explicit OperatorKeysWatch(StateFolder state) : state_(std::move(state)) {}

  // The list where the file is another than at the last call, or what is wrong with it; nullopt where it is
  // the same. The first call always gives it.
  std::optional<Result<std::vector<OperatorKey>>> look();

 private:
  struct Seen {
    ino_t inode = 0;
    off_t size = -1;
    std::int64_t changed_ns = 0;

    bool operator==(const Seen&) const = default;
  };
  StateFolder state_;
  std::optional<Seen> seen_;
};

}  // namespace exo

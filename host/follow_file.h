// The file of one log of followed commands: what FollowLog needs of a disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace exo {

// Used by one thread. Errors are those of base/files.h.
class FollowFile {
 public:
  virtual ~FollowFile() = default;

  // Opens what is there, for reading; false where nothing is.
  virtual Result<bool> find() = 0;
  virtual Result<std::uint64_t> size() const = 0;
  // Up to `size` bytes from `offset`; fewer only where the file ends.
  virtual Result<std::string> read_at(std::uint64_t offset, std::size_t size) const = 0;

  // A new file takes the place of what was found: `beginning`, and what was found from there up to `end`. It
  // is durable, and what others still write to the old one goes nowhere.
  virtual Result<void> renew(std::string_view beginning, std::uint64_t end) = 0;
  virtual bool is_renewed() const = 0;
  // To the new file, durably. An error leaves what is before `offset` as it was, and nothing behind it that
  // another write from there would not cover.
  virtual Result<void> write(std::uint64_t offset, std::string_view bytes) = 0;

  // For people: its path.
  virtual std::string name() const = 0;
};

}  // namespace exo

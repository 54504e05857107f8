// Ways of writing events down so that each survives a power cut before the next is begun.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace exo {

class Writer {
 public:
  Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  virtual ~Writer() = default;

  // The nth sample event is durable when this returns.
  virtual void write(std::uint64_t n) = 0;
};

// - "exo": the ledger, checked, chained and with its head;
// - "sqlite": a bare table of the same columns, WAL and synchronous=FULL, a transaction for each;
// - "sqlite-head": the same, and a second file of which a block is overwritten and synced after each: the
// disk's
//   part of what the ledger does;
// - "fdatasync": 512 bytes at the end of a file, and fdatasync.
// `folder` exists.
inline constexpr const char* kWriters[] = {"exo", "sqlite-head", "sqlite", "fdatasync"};
std::unique_ptr<Writer> make_writer(const std::string& name, const std::string& folder);

}  // namespace exo

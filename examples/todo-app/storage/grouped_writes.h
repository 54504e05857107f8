// Many small writes in one transaction: the difference between hundreds and tens of thousands in a second.
#pragma once

#include <SQLiteCpp/Database.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bus/relays/cpp/reply.h"
#include "bus/relays/cpp/value.h"

namespace todo_app {

// Keeps the replies to writes until their transaction is committed; what has been answered is durable. Commit
// when the relay is drained, and before anything is read, so that readers see what was written before them.
// For one thread.
class GroupedWrites {
 public:
  explicit GroupedWrites(SQLite::Database& database) : database_(database) {}

  // Writes within the current transaction, which begins with its first write. `write` returns the payload of
  // the reply `name`. A write that throws takes the whole group back and fails all its commands, with the
  // reason.
  void add(exo::Reply reply, const std::string& name, const std::function<exo::Value()>& write);
  // Ends the transaction, if there is one, and answers all its commands.
  void commit();

 private:
  struct Kept {
    exo::Reply reply;
    std::string name;
    exo::Value payload;
  };

  void fail_all(const std::string& reason);

  SQLite::Database& database_;
  std::vector<Kept> kept_;
  bool open_ = false;  // a transaction has begun
};

}  // namespace todo_app

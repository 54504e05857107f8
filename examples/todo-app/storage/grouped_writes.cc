#include "examples/todo-app/storage/grouped_writes.h"

#include <utility>

namespace todo_app {

void GroupedWrites::add(exo::Reply reply, const std::string& name, const std::function<exo::Value()>& write) {
  kept_.push_back({std::move(reply), name, exo::Value()});
  try {
    if (!open_) database_.exec("BEGIN IMMEDIATE");
    open_ = true;
    kept_.back().payload = write();
  } catch (const std::exception& failure) {
    fail_all(failure.what());
  }
}

void GroupedWrites::commit() {
  if (!open_) return;
  try {
    database_.exec("COMMIT");
  } catch (const std::exception& failure) {
    return fail_all(failure.what());
  }
  open_ = false;
  for (auto& kept : std::exchange(kept_, {})) kept.reply.send(kept.name, kept.payload);
}

void GroupedWrites::fail_all(const std::string& reason) {
  // Some errors have ended the transaction already; then there is nothing to roll back.
  if (open_) database_.tryExec("ROLLBACK");
  open_ = false;
  for (auto& kept : std::exchange(kept_, {})) kept.reply.error(reason);
}

}  // namespace todo_app

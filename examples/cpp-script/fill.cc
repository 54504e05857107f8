// A deployment script in C++. Brings todo-search 0.0.2 in: its index is empty at first, so before anybody's
// search reaches it, it is told about every todo that there is; the version before answers meanwhile.
#include <bus/relays/cpp/script.h>

namespace {

exo::Result<void> fill(exo::Script& script) {
  // Whoever else fills this index waits until this script is over.
  const auto lock = script.lock("todo-search");
  if (!lock.ok()) return lock.error();

  const auto count = script.ask("todos.count");
  if (!count.ok()) return count.error();
  const auto total = count.value().payload.integer_at("count");
  if (!total.ok()) return total.error();

  const auto filled =
      script.each(script.pages("todos.list"),
                  {.key = "id", .every = 500, .total = static_cast<double>(total.value()), .name = "todos"},
                  [&](const exo::Value& todo) { return script.send("todo-search.add", todo); });
  if (!filled.ok()) return filled.error();
  return {};
}

}  // namespace

int main() {
  return exo::Script::run({.offline = fill, .online = nullptr});
}

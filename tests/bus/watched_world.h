// A bus whose operator looks at what goes over it.
#pragma once

#include <string>
#include <string_view>

#include "bus/relays/cpp/value.h"
#include "tests/bus/world.h"

namespace exo::routing {

// web sends todos.list and mail.send; todo translates todos.list to "list".
class WatchedWorld : public World {
 public:
  WatchedWorld() {
    version("web@1.0.0").sends = {"todos.list", "unheard"};
    version("todo@1.0.0").receives = {"list"};
    version("todo@1.0.0").translations = {{.public_name = "todos.list", .internal_name = "list"}};
    version("todo@1.0.0").sends = {"mail.send"};
    version("mail@1.0.0").receives = {"mail.send"};
    publish();
    web = join("web@1.0.0");
    todo = join("todo@1.0.0");
    mail = join("mail@1.0.0");
    looker = join_operator();
  }

  // Asks the bus itself; the payload of what it answers, nil where it does not yet.
  Value ask(std::string_view name, const Value& payload) {
    Said said{.id = "q" + std::to_string(++questions_), .expects = Expects::kOne};
    payload.encode(said.payload);
    heard();
    command(looker, name, said);
    return answer();
  }
  Value answer() {
    drained();
    const std::string beginning = looker + ": reply exo.";
    const std::string line = heard(beginning);
    const std::size_t payload = line.find("payload ");
    if (payload == std::string::npos) return {};
    const std::size_t from = payload + std::string_view("payload ").size();
    return Value::decode(std::string_view(line).substr(from, line.size() - from - 1)).value();
  }

  std::string web, todo, mail, looker;

 private:
  int questions_ = 0;
};

inline std::string text_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value && value->string() ? *value->string() : std::string();
}
inline std::uint64_t number_at(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value ? value->unsigned_integer().value_or(0) : 0;
}

}  // namespace exo::routing

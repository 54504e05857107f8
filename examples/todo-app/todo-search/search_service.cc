#include "examples/todo-app/todo-search/search_service.h"

#include <memory>
#include <utility>

#include "examples/todo-app/storage/snapshot.h"

namespace todo_app {

namespace {

using exo::Command;
using exo::Reply;
using exo::Value;

constexpr std::int64_t kDefaultLimit = 100;
constexpr std::int64_t kMaxLimit = 1000;

exo::Result<std::int64_t> read_limit(const Value& payload) {
  const Value* limit = payload.find("limit");
  if (limit == nullptr || limit->is_nil()) return kDefaultLimit;
  const auto number = limit->integer();
  if (number && *number >= 1 && *number <= kMaxLimit) return *number;
  return exo::Error{"bad-payload", "payload: `limit` must be a whole number from 1 to 1000"};
}

}  // namespace

SearchService::SearchService(exo::Relay& relay, const std::string& path)
    : path_(path), index_(path), writes_(index_.database()) {
  relay.handle("todo-search.add",
               [this](const Command& command, Reply reply) { add(command, std::move(reply)); });
  relay.handle("todo-search.search",
               [this](const Command& command, Reply reply) { search(command, std::move(reply)); });
  relay.handle("todo-search.list", [this](const Command&, Reply reply) { list(std::move(reply)); });
  relay.handle("todo-search.count", [this](const Command&, Reply reply) { count(std::move(reply)); });
  relay.on_drained([this] { writes_.commit(); });
}

void SearchService::add(const Command& command, Reply reply) {
  const auto id = command.payload.integer_at("id");
  if (!id.ok()) return reply.error(id.error().message);
  const auto title = command.payload.string_at("title");
  if (!title.ok()) return reply.error(title.error().message);
  writes_.add(std::move(reply), "todo-search.added", [&] {
    index_.put(id.value(), *title.value());
    return Value::map({{"id", id.value()}});
  });
}

void SearchService::search(const Command& command, Reply reply) {
  const auto text = command.payload.string_at("text");
  if (!text.ok()) return reply.error(text.error().message);
  const auto limit = read_limit(command.payload);
  if (!limit.ok()) return reply.error(limit.error().message);
  writes_.commit();
  Value::List found;
  for (auto& entry : index_.find(*text.value(), limit.value())) {
    found.push_back(Value::map({{"id", entry.id}, {"title", std::move(entry.title)}}));
  }
  reply.send("todo-search.found", std::move(found));
}

void SearchService::list(Reply reply) {
  writes_.commit();
  auto snapshot = std::make_shared<Snapshot>(path_, "SELECT id, title FROM titles ORDER BY id");
  reply.stream("todo-search.listed", Snapshot::stream(std::move(snapshot)));
}

void SearchService::count(Reply reply) {
  writes_.commit();
  reply.send("todo-search.counted", Value::map({{"count", index_.count()}}));
}

}  // namespace todo_app
